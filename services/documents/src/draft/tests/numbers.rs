//! The numbers that Word counts.

use super::{docx, p, styled, tree};

fn level(index: usize, format: &str, pattern: &str, rest: &str) -> String {
    format!(
        "<w:lvl w:ilvl=\"{index}\"><w:start w:val=\"1\"/><w:numFmt w:val=\"{format}\"/>{rest}<w:lvlText w:val=\"{pattern}\"/></w:lvl>"
    )
}

fn list(id: u32, levels: &str) -> String {
    format!("<w:abstractNum w:abstractNumId=\"{id}\">{levels}</w:abstractNum>")
}

fn num(id: u32, list: u32, rest: &str) -> String {
    format!("<w:num w:numId=\"{id}\"><w:abstractNumId w:val=\"{list}\"/>{rest}</w:num>")
}

/// A paragraph of a list.
fn item(num: u32, level: u32, text: &str) -> String {
    p(&format!("<w:numPr><w:ilvl w:val=\"{level}\"/><w:numId w:val=\"{num}\"/></w:numPr>"), text)
}

/// The paragraphs of a document that uses these lists, before they are read for sections.
fn paragraphs(body: &str, lists: &str) -> Vec<String> {
    let blocks = super::super::body::read("file", &docx(body, "", lists)).unwrap();
    let paragraphs = super::super::compose::paragraphs(blocks);
    paragraphs.into_iter().map(|paragraph| paragraph.text).collect()
}

/// What the paragraphs start with, when all are text `x`.
fn numbers(body: &str, lists: &str) -> Vec<String> {
    let texts = paragraphs(body, lists);
    texts.iter().map(|text| text.trim_end_matches('x').trim().to_owned()).collect()
}

#[test]
fn levels_count_and_start_again_below_a_higher_one() {
    let lists = list(
        0,
        &(level(0, "upperLetter", "%1)", "")
            + &level(1, "decimal", "%1.%2", "<w:isLgl/>")
            + &level(2, "lowerRoman", "(%3)", "<w:lvlRestart w:val=\"1\"/>")
            + &level(3, "lowerLetter", "%4)", "<w:lvlRestart w:val=\"0\"/>")),
    ) + &num(1, 0, "");
    let body: String =
        [0, 1, 1, 2, 3, 1, 2, 3, 0, 1, 2, 3].iter().map(|level| item(1, *level, "x")).collect();
    assert_eq!(
        numbers(&body, &lists),
        ["A)", "1.1", "1.2", "(i)", "a)", "1.3", "(ii)", "b)", "B)", "2.1", "(i)", "c)"]
    );
}

#[test]
fn two_lists_of_one_kind_count_on_unless_one_starts_again() {
    let again = "<w:lvlOverride w:ilvl=\"0\"><w:startOverride w:val=\"5\"/></w:lvlOverride>";
    let other = format!("<w:lvlOverride w:ilvl=\"0\">{}</w:lvlOverride>", level(0, "upperRoman", "%1/", ""));
    let lists = list(7, &level(0, "decimal", "%1.", ""))
        + &num(1, 7, "")
        + &num(2, 7, "")
        + &num(3, 7, again)
        + &num(4, 7, &other);
    let body: String = [1, 1, 2, 3, 3, 1, 4].iter().map(|num| item(*num, 0, "x")).collect();
    assert_eq!(numbers(&body, &lists), ["1.", "2.", "3.", "5.", "6.", "7.", "VIII/"]);
}

#[test]
fn formats_are_spelled_as_word_spells_them() {
    let formats = [
        ("decimalZero", 7, "07"),
        ("lowerLetter", 28, "bb"),
        ("upperRoman", 1994, "MCMXCIV"),
        ("upperRoman", 4_000_000, "4000000"),
        ("lowerLetter", 4_294_967_295_u32, "4294967295"),
        ("ordinalText", 3, "3"),
        ("none", 3, ""),
    ];
    for (format, start, shown) in formats {
        let level = level(0, format, "%1", "")
            .replace("<w:start w:val=\"1\"/>", &format!("<w:start w:val=\"{start}\"/>"));
        let lists = list(0, &level) + &num(1, 0, "");
        assert_eq!(numbers(&item(1, 0, "x"), &lists), [shown], "{format}");
    }
}

#[test]
fn a_bullet_is_a_mark_and_no_letter_of_its_font() {
    for (pattern, shown) in [("-", "-"), ("\u{f0b7}", "•"), ("o", "•"), ("", "")] {
        let lists = list(0, &level(0, "bullet", pattern, "")) + &num(1, 0, "");
        assert_eq!(numbers(&item(1, 0, "x"), &lists), [shown]);
    }
}

#[test]
fn articles_and_chapters_that_word_numbers_are_headings_without_any_style() {
    let lists = list(
        0,
        &(level(0, "upperRoman", "Chương %1", "")
            + &level(1, "decimal", "Điều %2.", "<w:lvlRestart w:val=\"0\"/>")),
    ) + &num(1, 0, "")
        + &list(1, &(level(0, "decimal", "%1.", "") + &level(1, "lowerLetter", "%2)", "")))
        + &num(2, 1, "")
        + &num(3, 1, "<w:lvlOverride w:ilvl=\"0\"><w:startOverride w:val=\"1\"/></w:lvlOverride>");
    let body = item(1, 0, "Quy định chung")
        + &item(1, 1, "Phạm vi")
        + &item(2, 0, "Chợ nổi.")
        + &item(2, 0, "Chợ đêm.")
        + &item(1, 1, "Đối tượng")
        + &item(3, 0, "Tổ chức.")
        + &item(1, 0, "Thi hành")
        + &item(1, 1, "Hiệu lực");
    assert_eq!(
        tree(&docx(&body, "", &lists)),
        [
            "chapter Chương I Quy định chung",
            "  article Điều 1 Phạm vi",
            "    clause 1 Chợ nổi.",
            "    clause 2 Chợ đêm.",
            "  article Điều 2 Đối tượng",
            "    clause 1 Tổ chức.",
            "chapter Chương II Thi hành",
            "  article Điều 3 Hiệu lực",
        ]
    );
}

#[test]
fn a_style_gives_its_paragraphs_their_list_and_their_level() {
    let style =
        |id: &str, rest: &str| format!("<w:style w:type=\"paragraph\" w:styleId=\"{id}\">{rest}</w:style>");
    let styles = style(
        "H1",
        "<w:pPr><w:outlineLvl w:val=\"0\"/><w:numPr><w:numId w:val=\"1\"/></w:numPr></w:pPr>",
    ) + &style(
        "H2",
        "<w:pPr><w:outlineLvl w:val=\"1\"/><w:numPr><w:numId w:val=\"1\"/></w:numPr></w:pPr>",
    ) + &style("H2b", "<w:basedOn w:val=\"H2\"/>")
        + "<w:style w:type=\"numbering\" w:styleId=\"L\"><w:pPr><w:numPr><w:numId w:val=\"2\"/></w:numPr></w:pPr></w:style>";
    let linked = level(0, "decimal", "%1", "<w:pStyle w:val=\"H1\"/>")
        + &level(1, "decimal", "%1.%2", "<w:pStyle w:val=\"H2\"/>");
    let lists =
        list(3, "<w:numStyleLink w:val=\"L\"/>") + &list(4, &linked) + &num(1, 3, "") + &num(2, 4, "");
    let off = p("<w:pStyle w:val=\"H1\"/><w:numPr><w:numId w:val=\"0\"/></w:numPr>", "Bibliography");
    let body = styled("H1", "Scope")
        + &styled("H1", "Terms")
        + &styled("H2", "General")
        + &styled("H2b", "Markets")
        + &off
        + &styled("H1", "Use");
    assert_eq!(
        tree(&docx(&body, &styles, &lists)),
        ["h1 1 Scope", "h1 2 Terms", "  h2 2.1 General", "  h2 2.2 Markets", "h1  Bibliography", "h1 3 Use"]
    );
}

#[test]
fn a_number_alone_is_shown_in_a_table_and_counted_elsewhere() {
    let lists = list(0, &level(0, "decimal", "%1.", "")) + &num(1, 0, "");
    let row = [item(1, 0, ""), p("", "Chợ")];
    let lines = "<w:tblBorders><w:top w:val=\"single\"/></w:tblBorders>";
    let body = item(1, 0, "x") + &item(1, 0, "") + &super::table(lines, &[&row, &row]);
    assert_eq!(paragraphs(&body, &lists), ["1. x", "", "| 3. | Chợ |\n|---|---|\n| 4. | Chợ |"]);
}
