//! The lines in which two texts differ.

use std::collections::HashMap;

use ykien_domain::section::longest_ascending;

/// The lines that only the first text has (`-`) and that only the second has (`+`), in reading order. Lines that each text has
/// once hold the two together, as many as keep their order; between them, what both begin and end with is the same.
pub(super) fn differing<'a>(before: &'a str, after: &'a str) -> Vec<(char, &'a str)> {
    let (before, after): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let mut found = Vec::new();
    let (mut from, mut to) = (0, 0);
    let ends = anchors(&before, &after).into_iter().chain([(before.len(), after.len())]);
    for (old, new) in ends {
        let old_lines = before.get(from..old).unwrap_or_default();
        let new_lines = after.get(to..new).unwrap_or_default();
        let alike =
            |pairs: &mut dyn Iterator<Item = (&&str, &&str)>| pairs.take_while(|(a, b)| a == b).count();
        let first = alike(&mut old_lines.iter().zip(new_lines));
        let (old_lines, new_lines) = (&old_lines[first..], &new_lines[first..]);
        let last = alike(&mut old_lines.iter().rev().zip(new_lines.iter().rev()));
        found.extend(old_lines[..old_lines.len() - last].iter().map(|line| ('-', *line)));
        found.extend(new_lines[..new_lines.len() - last].iter().map(|line| ('+', *line)));
        (from, to) = (old + 1, new + 1);
    }
    found
}

/// The places of the lines that hold the texts together, in both.
fn anchors(before: &[&str], after: &[&str]) -> Vec<(usize, usize)> {
    let (old, new) = (once(before), once(after));
    let pairs: Vec<(usize, usize)> =
        before.iter().filter_map(|line| Some(((*old.get(*line)?)?, (*new.get(*line)?)?))).collect();
    let places: Vec<usize> = pairs.iter().map(|(_, place)| *place).collect();
    longest_ascending(&places).into_iter().filter_map(|index| pairs.get(index).copied()).collect()
}

/// The places of the lines that a text has; none for a line that it has twice.
fn once<'a>(lines: &[&'a str]) -> HashMap<&'a str, Option<usize>> {
    let mut places: HashMap<&str, Option<usize>> = HashMap::new();
    for (place, line) in lines.iter().enumerate() {
        places.entry(line).and_modify(|seen| *seen = None).or_insert(Some(place));
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_lines_that_differ_are_given() {
        // the texts' lines, one a letter; the differing ones
        let table = [
            ("abc", "abc", ""),
            ("", "a", "+a"),
            ("abc", "axc", "-b+x"),
            ("abcd", "bcda", "-a+a"),
            ("xaxbx", "xayb", "-x+y-x"),
            ("aaa", "aaaa", "+a"),
            ("ab", "cd", "-a-b+c+d"),
        ];
        let text = |letters: &str| letters.chars().map(|c| format!("{c}\n")).collect::<String>();
        for (before, after, expected) in table {
            let (before, after) = (text(before), text(after));
            let found: String =
                differing(&before, &after).into_iter().map(|(mark, line)| format!("{mark}{line}")).collect();
            assert_eq!(found, expected, "{before:?} {after:?}");
        }
    }
}
