//! Everything about API keys: age, life cycle, rotation, leaks.
