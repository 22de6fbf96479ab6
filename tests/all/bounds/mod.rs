//! Bad input: every bound is kept, and every refusal is read by its reason and the path of its field.

mod fields;
mod names;
mod pages;
mod texts;
mod transport;
