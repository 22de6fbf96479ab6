//! Separated text: the cells, and the sheets that are read from them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ykien_documents::grid;
use ykien_fuzz::sheets;

fuzz_target!(|data: &[u8]| sheets(data, |field, bytes| Ok(vec![grid::csv(field, bytes)?])));
