//! Types of every shape, in this edition; the packages `edition-*` compile the same file.

#[path = "../shapes/log.rs"]
mod log;
#[path = "../shapes/macros.rs"]
mod macros;
#[path = "../shapes/shapes.rs"]
mod shapes;
