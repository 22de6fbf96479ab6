//! W3C trace context: the caller's trace goes on here.

use http::HeaderMap;

/// The trace id of `traceparent` (version 00, as of <https://www.w3.org/TR/trace-context/>): 32 lower-case hex digits;
/// none when there is none, or one that is not well-formed.
#[must_use]
pub fn trace_id(headers: &HeaderMap) -> Option<&str> {
    let text = headers.get("traceparent")?.to_str().ok()?;
    let mut parts = text.split('-');
    let (version, trace, parent, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let is_hex = |text: &str, length| {
        text.len() == length
            && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
    };
    let is_set = |text: &str| text.bytes().any(|byte| byte != b'0');
    // A later version may have more parts.
    let complete = version != "ff" && (version != "00" || parts.next().is_none());
    let formed = is_hex(version, 2) && is_hex(trace, 32) && is_hex(parent, 16) && is_hex(flags, 2);
    (complete && formed && is_set(trace) && is_set(parent)).then_some(trace)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_well_formed_parent_is_followed() {
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        let table = [
            (format!("00-{trace}-00f067aa0ba902b7-01"), Some(trace)),
            (format!("cc-{trace}-00f067aa0ba902b7-01-more"), Some(trace)),
            (format!("00-{trace}-00f067aa0ba902b7-01-more"), None),
            (format!("ff-{trace}-00f067aa0ba902b7-01"), None),
            (format!("00-{trace}-0000000000000000-01"), None),
            (format!("00-{}-00f067aa0ba902b7-01", "0".repeat(32)), None),
            (format!("00-{}-00f067aa0ba902b7-01", trace.to_uppercase()), None),
            ("00-xyz".to_owned(), None),
            (String::new(), None),
        ];
        for (text, expected) in table {
            let headers =
                HeaderMap::from_iter([(http::HeaderName::from_static("traceparent"), text.parse().unwrap())]);
            assert_eq!(trace_id(&headers), expected, "{text}");
        }
    }
}
