//! Files in and files out: the only crate that knows what is inside a `.docx`, an `.xlsx`, a `.csv` or a `.pdf`.
//!
//! Pure: bytes become plain data of the domain, and a snapshot of a draft becomes bytes. Nothing here is async, knows SQL, a
//! transport or a clock, so the same snapshot gives the same bytes.
//!
//! What comes in is hostile until proved otherwise: [`package`] bounds bytes, entries, unpacked size and XML before
//! anything is read, and every reader bounds what it makes of it. What goes out for people is composed once, as blocks on a
//! [`layout::Canvas`], and drawn by whichever format was asked for.

pub mod docx;
pub mod draft;
pub mod grid;
pub mod instructions;
pub mod iso;
pub mod layout;
pub mod letterhead;
mod official;
pub mod package;
pub mod pdf;
pub mod read;
pub mod records;
pub mod sheet;
pub mod slip;
pub mod snapshot;
pub mod summary;
pub mod words;
pub mod workbook;
pub mod write;
