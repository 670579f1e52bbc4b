//! What is wrong with an API key.

/// What is wrong with an API key, found before anything is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyProblem {
    /// Unset, or nothing but white space.
    #[error("the API key is empty")]
    Empty,
    /// `${{ secrets.X }}` or `$NAME`, which nobody expanded.
    #[error("the API key is an expression that was never expanded (`${{{{ … }}}}` or `$NAME`), not a key")]
    Unexpanded,
    /// Quotes around it.
    #[error("the API key has quotes around it")]
    Quoted,
    /// It begins with `Bearer `.
    #[error("the API key begins with `Bearer `, which belongs to the header, not to the key")]
    Bearer,
    /// White space inside.
    #[error("the API key has white space inside it")]
    WhiteSpace,
    /// A byte outside ASCII, or a control character.
    #[error("the API key has a character outside printable ASCII")]
    NonAscii,
    /// Under 16 characters.
    #[error("the API key has {0} characters, fewer than the 16 that any key has")]
    TooShort(usize),
    /// Over 4096 characters.
    #[error("the API key has {0} characters, more than the 4096 that fit a header")]
    TooLong(usize),
}
