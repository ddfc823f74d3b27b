//! What each vendor does differently from what one would think.

mod datafold;
mod prequel;
mod unstructured;
mod veeva;
