//! CSV as spreadsheets write it: quoted fields with line breaks, whichever separator the country uses.

use ykien_domain::{Error, Result};

use super::gather::Room;
use super::{Grid, MAX_COLUMNS, place};
use crate::package::MAX_FILE_BYTES;

/// A CSV file: UTF-8 with or without a byte order mark, or UTF-16 with one ("Unicode text"); separated by comma, semicolon or
/// tab, whichever the first line has most of. Rows may have different lengths. They are numbered as a spreadsheet
/// numbers them: empty lines count, line breaks inside quotes don't.
///
/// # Errors
/// `INVALID_FIELD` naming `field`: not such a text, a quote that is never closed, or a bound of [`super`], with the cell.
pub fn csv(field: &str, bytes: &[u8]) -> Result<Grid> {
    if bytes.len() > MAX_FILE_BYTES {
        return Err(Error::field(
            field,
            format!("must be at most {MAX_FILE_BYTES} bytes, is {}", bytes.len()),
        ));
    }
    let text = decoded(bytes).filter(|text| !text.contains('\0')).ok_or_else(|| {
        Error::field(field, "is neither an .xlsx workbook nor text: save it as \"CSV UTF-8\" or as .xlsx")
    })?;
    let separator = separator(&text);
    let mut room = Room::new(field);
    let mut grid = Grid::default();
    let (mut row, mut column) = (1_u32, 0_usize);
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (value, after) = value(rest, separator).ok_or_else(|| {
            Error::field(
                field,
                format!("the quote that begins the cell {} is never closed", place(column, row)),
            )
        })?;
        room.put(&mut grid, row, column, value)?;
        rest = after;
        if let Some(after) = rest.strip_prefix(separator) {
            column += 1;
            rest = after;
        } else {
            rest = rest.strip_prefix("\r\n").or_else(|| rest.strip_prefix(['\r', '\n'])).unwrap_or(rest);
            row = row.saturating_add(1);
            column = 0;
        }
    }
    Ok(grid)
}

/// The text of a file; none when it is in no encoding that is known for sure.
fn decoded(bytes: &[u8]) -> Option<String> {
    let wide = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let (pairs, odd) = bytes.as_chunks::<2>();
        let units = pairs.iter().map(|pair| unit(*pair));
        char::decode_utf16(units).collect::<Result<String, _>>().ok().filter(|_| odd.is_empty())
    };
    match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8(rest.to_vec()).ok(),
        [0xff, 0xfe, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => wide(rest, u16::from_be_bytes),
        _ => String::from_utf8(bytes.to_vec()).ok(),
    }
}

/// The separator that stands most often in the first line that has something in it, quoted text left out.
fn separator(text: &str) -> char {
    let mut counts = [(',', 0_usize), (';', 0), ('\t', 0)];
    let mut quoted = false;
    for c in text.trim_start_matches(['\r', '\n']).chars() {
        match c {
            '"' => quoted = !quoted,
            '\r' | '\n' if !quoted => break,
            _ if quoted => {}
            _ => {
                for (separator, count) in &mut counts {
                    *count += usize::from(c == *separator);
                }
            }
        }
        if counts.iter().any(|(_, count)| *count > MAX_COLUMNS) {
            break;
        }
    }
    // The first of those that are equal: a file of one column has commas in its text at most.
    let [comma, others @ ..] = counts;
    others.into_iter().fold(comma, |most, next| if next.1 > most.1 { next } else { most }).0
}

/// The value at the start of the text, and what follows it: a separator, a line break or nothing. None when its quote is
/// never closed.
fn value(text: &str, separator: char) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut rest = text;
    if let Some(mut quoted) = text.strip_prefix('"') {
        loop {
            let (inside, after) = quoted.split_once('"')?;
            value.push_str(inside);
            // A quote in a quoted value is written twice.
            match after.strip_prefix('"') {
                Some(after) => {
                    value.push('"');
                    quoted = after;
                }
                None => {
                    rest = after;
                    break;
                }
            }
        }
    }
    // What stands behind the closing quote belongs to the value, as spreadsheets read it.
    let end = rest.find([separator, '\r', '\n']).unwrap_or(rest.len());
    let (plain, after) = rest.split_at_checked(end)?;
    value.push_str(plain);
    Some((value, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(bytes: &[u8]) -> Vec<(u32, Vec<String>)> {
        csv("file", bytes).unwrap().rows.into_iter().map(|row| (row.number, row.cells)).collect()
    }

    fn cells(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn quotes_line_breaks_and_ragged_rows_are_read_and_rows_are_numbered_as_a_spreadsheet_does() {
        let text =
            "Mục,Nội dung,Ghi chú\r\n1,\"Đề nghị \"\"rà soát\"\",\r\nbổ sung\"\r\n\r\n,,x,\r\n \t,\n2,cuối";
        assert_eq!(
            rows(text.as_bytes()),
            [
                (1, cells(&["Mục", "Nội dung", "Ghi chú"])),
                (2, cells(&["1", "Đề nghị \"rà soát\",\nbổ sung"])),
                (4, cells(&["", "", "x"])),
                (6, cells(&["2", "cuối"])),
            ]
        );
    }

    #[test]
    fn the_separator_is_what_the_header_has_most_of() {
        for (text, expected) in [
            ("a;b,c;d\n1;2,5;3", vec!["1", "2,5", "3"]),
            ("a\tb\n1,5\t2;3", vec!["1,5", "2;3"]),
            ("\"a;b;c\",d\n1,2", vec!["1", "2"]),
            ("\n\na;b\n1;2", vec!["1", "2"]),
            ("một cột\nmột; hai", vec!["một; hai"]),
        ] {
            assert_eq!(rows(text.as_bytes()).last().unwrap().1, cells(&expected), "{text:?}");
        }
    }

    #[test]
    fn utf_8_and_utf_16_with_a_mark_are_the_same_text_and_other_encodings_are_refused() {
        let text = "Điều;Ý kiến 𝟏\n7;Sửa";
        let mut utf8 = vec![0xef, 0xbb, 0xbf];
        utf8.extend(text.as_bytes());
        let (mut little, mut big) = (vec![0xff, 0xfe], vec![0xfe, 0xff]);
        for unit in text.encode_utf16() {
            little.extend(unit.to_le_bytes());
            big.extend(unit.to_be_bytes());
        }
        let expected = rows(text.as_bytes());
        assert_eq!(expected[0].1, cells(&["Điều", "Ý kiến 𝟏"]));
        assert_eq!(rows(&utf8), expected);
        assert_eq!(rows(&little), expected);
        assert_eq!(rows(&big), expected);
        // windows-1258, half a unit, a lone surrogate, UTF-16 without a mark
        for bad in [&b"\xd0i\xeau"[..], &[0xff, 0xfe, 0x41], &[0xff, 0xfe, 0x00, 0xd8], b"a\0,\0"] {
            assert!(csv("file", bad).unwrap_err().message.contains("CSV UTF-8"), "{bad:?}");
        }
    }

    #[test]
    fn a_quote_that_is_never_closed_names_its_cell() {
        let error = csv("file", b"a,b\n1,\"2\n3,4").unwrap_err();
        assert_eq!(error.message, "file: the quote that begins the cell B2 is never closed");
    }
}
