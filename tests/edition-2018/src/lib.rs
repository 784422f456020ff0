//! Types of every shape, in edition 2018.

#![cfg(test)]

#[path = "../../shapes/diverging.rs"]
mod diverging;
#[path = "../../shapes/log.rs"]
mod log;
#[path = "../../shapes/macros.rs"]
mod macros;
#[path = "../../shapes/shapes.rs"]
mod shapes;
#[path = "../../shapes/temporaries.rs"]
mod temporaries;
