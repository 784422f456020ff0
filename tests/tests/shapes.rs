//! Types of every shape, in this edition; the packages `edition-*` compile the same file.

#[path = "../shapes/diverging.rs"]
mod diverging;
#[path = "../shapes/log.rs"]
mod log;
#[path = "../shapes/macros.rs"]
mod macros;
#[path = "../shapes/shapes.rs"]
mod shapes;
#[path = "../shapes/temporaries.rs"]
mod temporaries;
