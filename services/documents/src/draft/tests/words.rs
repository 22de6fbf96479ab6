//! Text as people see it.

use super::{docx, p, package, part, table, text, tree};

fn run(content: &str) -> String {
    format!("<w:p><w:r>{content}</w:r></w:p>")
}

#[test]
fn runs_are_joined_and_tabs_breaks_and_hyphens_are_characters() {
    let body = "<w:p><w:r><w:t>Số</w:t><w:tab/><w:t xml:space=\"preserve\"> 5</w:t><w:noBreakHyphen/></w:r>\
                <w:r><w:t>NQ</w:t><w:softHyphen/><w:t>/TU &amp; &#272;\u{ad}</w:t><w:br/><w:t>dòng hai</w:t></w:r></w:p>";
    assert_eq!(text(body), "Số\t 5-NQ/TU & Đ\ndòng hai");
}

#[test]
fn what_was_inserted_is_kept_and_what_was_deleted_or_moved_away_is_not() {
    let body = "<w:p><w:r><w:t>A</w:t></w:r><w:del><w:r><w:delText>B</w:delText><w:t>b</w:t></w:r></w:del>\
                <w:ins><w:r><w:t>C</w:t></w:r></w:ins><w:moveFrom><w:r><w:t>D</w:t></w:r></w:moveFrom>\
                <w:moveTo><w:r><w:rPr><w:rPrChange><w:rPr><w:vanish/></w:rPr></w:rPrChange></w:rPr><w:t>E</w:t></w:r></w:moveTo></w:p>";
    assert_eq!(text(body), "ACE");
}

#[test]
fn a_paragraph_whose_end_was_deleted_goes_on_in_the_next() {
    let body = p("<w:rPr><w:del/></w:rPr>", "Chợ ") + &p("", "nông thôn");
    assert_eq!(text(&body), "Chợ nông thôn");
    assert_eq!(text(&p("<w:rPr><w:del/></w:rPr>", "Chợ")), "Chợ");
}

#[test]
fn a_field_shows_its_result_and_not_its_instruction() {
    let field = |kind: &str| format!("<w:r><w:fldChar w:fldCharType=\"{kind}\"/></w:r>");
    let nested = format!(
        "{}<w:r><w:instrText>REF</w:instrText></w:r>{}<w:r><w:t>no</w:t></w:r>{}",
        field("begin"),
        field("separate"),
        field("end")
    );
    let body = format!(
        "<w:p>{}<w:r><w:instrText>IF</w:instrText></w:r>{nested}{}<w:r><w:t>5</w:t></w:r>{}<w:fldSimple w:instr=\"PAGE\"><w:r>\
         <w:t>6</w:t></w:r></w:fldSimple></w:p><w:p>{}<w:r><w:t>lost</w:t></w:r></w:p><w:p><w:r><w:t>kept</w:t></w:r></w:p>",
        field("begin"),
        field("separate"),
        field("end"),
        field("begin"),
    );
    assert_eq!(text(&body), "56\n\nkept");
}

#[test]
fn links_content_controls_and_smart_tags_are_their_words() {
    let body = "<w:sdt><w:sdtPr><w:alias w:val=\"x\"/></w:sdtPr><w:sdtContent><w:p><w:hyperlink><w:r><w:t>A</w:t></w:r></w:hyperlink>\
                <w:sdt><w:sdtContent><w:r><w:t>B</w:t></w:r></w:sdtContent></w:sdt><w:smartTag><w:r><w:t>C</w:t></w:r></w:smartTag>\
                <w:r><w:footnoteReference w:id=\"2\"/><w:commentReference w:id=\"1\"/></w:r></w:p></w:sdtContent></w:sdt>";
    assert_eq!(text(body), "ABC");
}

#[test]
fn hidden_text_is_not_seen() {
    assert_eq!(
        text(
            &run("<w:rPr><w:vanish/></w:rPr><w:t>no</w:t><w:tab/>")
                .replace("</w:p>", "<w:r><w:t>A</w:t></w:r></w:p>")
        ),
        "A"
    );
    assert_eq!(text(&run("<w:rPr><w:vanish w:val=\"0\"/></w:rPr><w:t>yes</w:t>")), "yes");
}

#[test]
fn a_text_box_is_read_once_after_its_paragraph_and_makes_no_heading() {
    let content = |text: &str| format!("<w:txbxContent>{}</w:txbxContent>", p("", text));
    let body = format!(
        "<w:p><w:r><w:t>Điều 1. Phạm vi</w:t><mc:AlternateContent><mc:Choice Requires=\"x\"><o:box>{}</o:box></mc:Choice>\
         <mc:Fallback><o:old>{}</o:old></mc:Fallback></mc:AlternateContent></w:r></w:p>{}",
        content("Điều 2. Khung"),
        content("Điều 2. Khung"),
        p("", "Điều 2. Đối tượng của Nghị định"),
    );
    let outline = super::read(&docx(&body, "", ""));
    let labels: Vec<_> = outline.nodes.iter().map(|node| node.label.as_str()).collect();
    assert_eq!((labels, outline.nodes[0].body.as_str()), (vec!["Điều 1", "Điều 2"], "Điều 2. Khung"));
}

#[test]
fn symbols_and_formulas_are_characters() {
    let body = run("<w:sym w:font=\"Symbol\" w:char=\"F061\"/><w:sym w:font=\"Symbol\" w:char=\"F0B3\"/>\
                    <w:sym w:font=\"Wingdings\" w:char=\"F0FE\"/><w:sym w:font=\"Wingdings\" w:char=\"F001\"/>\
                    <w:sym w:font=\"Arial\" w:char=\"2116\"/>");
    assert_eq!(text(&body), "α≥☑\u{fffd}№");
    let formula = "<w:p><m:oMath><m:f><m:num><m:r><m:t>a</m:t></m:r></m:num><m:den><m:sSup><m:e><m:r><m:t>b</m:t></m:r></m:e><m:sup>\
                   <m:r><m:t>2</m:t></m:r></m:sup></m:sSup></m:den></m:f><m:sub/></m:oMath></w:p>";
    assert_eq!(text(formula), "a/b^2");
}

#[test]
fn the_strict_namespace_and_any_prefix_are_read() {
    let strict = "<x:document xmlns:x=\"http://purl.oclc.org/ooxml/wordprocessingml/main\"><x:body><x:p><x:pPr>\
                  <x:outlineLvl x:val=\"0\"/></x:pPr><x:r><x:t>Lời nói đầu về chợ</x:t></x:r></x:p></x:body></x:document>";
    let bytes = package(&[("word/document.xml", strict.as_bytes())]);
    assert_eq!(tree(&bytes), ["h1  Lời nói đầu về chợ"]);
}

#[test]
fn the_relationships_say_where_the_parts_are() {
    let relation = |kind: &str, target: &str| {
        format!(
            "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"a\" \
             Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}\" Target=\"{target}\"/></Relationships>"
        )
    };
    let style =
        "<w:style w:type=\"paragraph\" w:styleId=\"T\"><w:pPr><w:outlineLvl w:val=\"1\"/></w:pPr></w:style>";
    let body = format!("<w:body>{}</w:body>", super::styled("T", "Tình hình chung"));
    let bytes = package(&[
        ("_rels/.rels", relation("officeDocument", "/word/document2.xml").as_bytes()),
        ("word/_rels/document2.xml.rels", relation("styles", "s/two.xml").as_bytes()),
        ("word/document2.xml", part("document", &body).as_bytes()),
        ("word/s/two.xml", part("styles", style).as_bytes()),
    ]);
    assert_eq!(tree(&bytes), ["h2  Tình hình chung"]);
}

#[test]
fn a_cells_words_are_kept_in_a_markdown_table() {
    let lines = "<w:tblBorders><w:top w:val=\"single\"/></w:tblBorders>";
    let inner = table("", &[&[p("", "trong")]]);
    let body = p("", "Bảng:")
        + &table(
            lines,
            &[
                &[p("", "TT"), p("", "Xã | phường") + &p("", "đạt chuẩn")],
                &[
                    p("", "1"),
                    format!("<w:tcPr><w:gridSpan w:val=\"2\"/></w:tcPr>{}{inner}{}", p("", "Ba"), p("", "")),
                ],
            ],
        );
    assert_eq!(
        text(&body),
        "Bảng:\n\n| TT | Xã \\| phường<br>đạt chuẩn | |\n|---|---|---|\n| 1 | Ba<br>trong | |"
    );
}
