//! The parts around the text: what is in the package, styles, settings, headers, footers, properties.

use super::block::{NORMAL, escape};
use crate::layout::Properties;

/// How each part begins.
pub(super) const XML: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
/// The namespaces of a part of WordprocessingML that refers to others.
pub(super) const NAMESPACES: &str = "xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\" \
     xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"";
/// The relation of the page number's header.
pub(super) const HEADER: &str = "rId4";

const TYPES: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml";
const RELATIONS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006";

/// The relation of the footer of this index.
pub(super) fn footer_relation(index: usize) -> String {
    format!("rId{}", index + 5)
}

/// `[Content_Types].xml`.
pub(super) fn content_types(footers: usize) -> String {
    let mut xml = format!(
        "{XML}<Types xmlns=\"{PACKAGE}/content-types\">\
         <Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>\
         <Default Extension=\"xml\" ContentType=\"application/xml\"/>\
         <Override PartName=\"/docProps/core.xml\" ContentType=\"application/vnd.openxmlformats-package.core-properties+xml\"/>\
         <Override PartName=\"/word/document.xml\" ContentType=\"{TYPES}.document.main+xml\"/>\
         <Override PartName=\"/word/styles.xml\" ContentType=\"{TYPES}.styles+xml\"/>\
         <Override PartName=\"/word/settings.xml\" ContentType=\"{TYPES}.settings+xml\"/>\
         <Override PartName=\"/word/fontTable.xml\" ContentType=\"{TYPES}.fontTable+xml\"/>\
         <Override PartName=\"/word/header1.xml\" ContentType=\"{TYPES}.header+xml\"/>"
    );
    for number in 1..=footers {
        xml.push_str(&format!(
            "<Override PartName=\"/word/footer{number}.xml\" ContentType=\"{TYPES}.footer+xml\"/>"
        ));
    }
    xml.push_str("</Types>");
    xml
}

/// `_rels/.rels`.
pub(super) fn relations() -> String {
    format!(
        "{XML}<Relationships xmlns=\"{PACKAGE}/relationships\">\
         <Relationship Id=\"rId1\" Type=\"{RELATIONS}/officeDocument\" Target=\"word/document.xml\"/>\
         <Relationship Id=\"rId2\" Type=\"{PACKAGE}/relationships/metadata/core-properties\" Target=\"docProps/core.xml\"/>\
         </Relationships>"
    )
}

/// `word/_rels/document.xml.rels`.
pub(super) fn document_relations(footers: usize) -> String {
    let mut xml = format!("{XML}<Relationships xmlns=\"{PACKAGE}/relationships\">");
    let mut relation = |id: &str, kind: &str, target: &str| {
        xml.push_str(&format!(
            "<Relationship Id=\"{id}\" Type=\"{RELATIONS}/{kind}\" Target=\"{target}.xml\"/>"
        ));
    };
    relation("rId1", "styles", "styles");
    relation("rId2", "settings", "settings");
    relation("rId3", "fontTable", "fontTable");
    relation(HEADER, "header", "header1");
    for index in 0..footers {
        relation(&footer_relation(index), "footer", &format!("footer{}", index + 1));
    }
    xml.push_str("</Relationships>");
    xml
}

/// `docProps/core.xml`; its times are that of the archive's entries, always the same.
pub(super) fn core(properties: &Properties) -> String {
    let mut xml = format!(
        "{XML}<cp:coreProperties xmlns:cp=\"{PACKAGE}/metadata/core-properties\" \
         xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:dcterms=\"http://purl.org/dc/terms/\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">"
    );
    for (name, text) in [
        ("title", properties.title.as_str()),
        ("subject", &properties.subject),
        ("creator", &properties.author),
        ("language", properties.language),
    ] {
        xml.push_str(&format!("<dc:{name}>"));
        escape(&mut xml, text);
        xml.push_str(&format!("</dc:{name}>"));
    }
    for name in ["created", "modified"] {
        xml.push_str(&format!(
            "<dcterms:{name} xsi:type=\"dcterms:W3CDTF\">1980-01-01T00:00:00Z</dcterms:{name}>"
        ));
    }
    xml.push_str("</cp:coreProperties>");
    xml
}

/// `word/styles.xml`: the text's style, nine headings that look like it, and tables without a look of their own.
pub(super) fn styles(language: &str) -> String {
    let mut tag = String::new();
    escape(&mut tag, if language.is_empty() { "vi-VN" } else { language });
    let half = NORMAL * 2.0;
    let mut xml = format!(
        "{XML}<w:styles {NAMESPACES}><w:docDefaults><w:rPrDefault><w:rPr>\
         <w:rFonts w:ascii=\"Times New Roman\" w:eastAsia=\"Times New Roman\" w:hAnsi=\"Times New Roman\" w:cs=\"Times New Roman\"/>\
         <w:sz w:val=\"{half}\"/><w:szCs w:val=\"{half}\"/><w:lang w:val=\"{tag}\" w:eastAsia=\"{tag}\" w:bidi=\"ar-SA\"/>\
         </w:rPr></w:rPrDefault><w:pPrDefault><w:pPr><w:widowControl/>\
         <w:spacing w:before=\"0\" w:after=\"0\" w:line=\"240\" w:lineRule=\"auto\"/></w:pPr></w:pPrDefault></w:docDefaults>\
         <w:style w:type=\"paragraph\" w:default=\"1\" w:styleId=\"Normal\"><w:name w:val=\"Normal\"/><w:qFormat/></w:style>\
         <w:style w:type=\"character\" w:default=\"1\" w:styleId=\"DefaultParagraphFont\">\
         <w:name w:val=\"Default Paragraph Font\"/><w:uiPriority w:val=\"1\"/><w:semiHidden/><w:unhideWhenUsed/></w:style>\
         <w:style w:type=\"table\" w:default=\"1\" w:styleId=\"TableNormal\"><w:name w:val=\"Normal Table\"/>\
         <w:uiPriority w:val=\"99\"/><w:semiHidden/><w:unhideWhenUsed/><w:tblPr><w:tblInd w:w=\"0\" w:type=\"dxa\"/>\
         <w:tblCellMar><w:top w:w=\"0\" w:type=\"dxa\"/><w:left w:w=\"85\" w:type=\"dxa\"/>\
         <w:bottom w:w=\"0\" w:type=\"dxa\"/><w:right w:w=\"85\" w:type=\"dxa\"/></w:tblCellMar></w:tblPr></w:style>\
         <w:style w:type=\"numbering\" w:default=\"1\" w:styleId=\"NoList\"><w:name w:val=\"No List\"/>\
         <w:uiPriority w:val=\"99\"/><w:semiHidden/><w:unhideWhenUsed/></w:style>"
    );
    for level in 1..=9 {
        xml.push_str(&format!(
            "<w:style w:type=\"paragraph\" w:styleId=\"Heading{level}\"><w:name w:val=\"heading {level}\"/>\
             <w:basedOn w:val=\"Normal\"/><w:next w:val=\"Normal\"/><w:uiPriority w:val=\"9\"/><w:qFormat/>\
             <w:pPr><w:outlineLvl w:val=\"{}\"/></w:pPr></w:style>",
            level - 1
        ));
    }
    for (id, name) in [("Header", "header"), ("Footer", "footer")] {
        xml.push_str(&format!(
            "<w:style w:type=\"paragraph\" w:styleId=\"{id}\"><w:name w:val=\"{name}\"/><w:basedOn w:val=\"Normal\"/>\
             <w:uiPriority w:val=\"99\"/></w:style>"
        ));
    }
    xml.push_str("</w:styles>");
    xml
}

/// `word/settings.xml`. A line that ends at a line feed is not stretched to the margin.
pub(super) fn settings() -> String {
    format!(
        "{XML}<w:settings {NAMESPACES}><w:zoom w:percent=\"100\"/><w:defaultTabStop w:val=\"720\"/>\
         <w:characterSpacingControl w:val=\"doNotCompress\"/><w:compat><w:doNotExpandShiftReturn/>\
         <w:compatSetting w:name=\"compatibilityMode\" w:uri=\"http://schemas.microsoft.com/office/word\" w:val=\"15\"/>\
         </w:compat></w:settings>"
    )
}

/// `word/fontTable.xml`.
pub(super) fn fonts() -> String {
    format!(
        "{XML}<w:fonts {NAMESPACES}><w:font w:name=\"Times New Roman\"><w:panose1 w:val=\"02020603050405020304\"/>\
         <w:charset w:val=\"00\"/><w:family w:val=\"roman\"/><w:pitch w:val=\"variable\"/></w:font></w:fonts>"
    )
}

/// `word/header1.xml`: the page number, centred, in the type size of the text.
pub(super) fn page_number() -> String {
    format!(
        "{XML}<w:hdr {NAMESPACES}><w:p><w:pPr><w:pStyle w:val=\"Header\"/><w:jc w:val=\"center\"/></w:pPr>\
         <w:fldSimple w:instr=\" PAGE \"><w:r><w:t>2</w:t></w:r></w:fldSimple></w:p></w:hdr>"
    )
}

/// A footer: small, flush right.
pub(super) fn footer(text: &str) -> String {
    let mut xml = format!(
        "{XML}<w:ftr {NAMESPACES}><w:p><w:pPr><w:pStyle w:val=\"Footer\"/><w:jc w:val=\"right\"/></w:pPr>\
         <w:r><w:rPr><w:i/><w:iCs/><w:sz w:val=\"18\"/><w:szCs w:val=\"18\"/></w:rPr><w:t xml:space=\"preserve\">"
    );
    escape(&mut xml, text);
    xml.push_str("</w:t></w:r></w:p></w:ftr>");
    xml
}
