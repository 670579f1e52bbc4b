//! What CI runners understand: workflow commands, env files, sections, dotenv.
