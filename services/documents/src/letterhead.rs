//! What stands around an official document and no database knows: who signs, where, under which number.

use ykien_domain::time::Date;

/// The parts of an official document that its drafter gives (Nghị định 30/2020/NĐ-CP, phụ lục I). What is empty is left open
/// on the page, to be filled in by hand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Letterhead {
    /// The agency above the issuing one: `ỦY BAN NHÂN DÂN TỈNH LẠNG SƠN`.
    pub superior: String,
    /// The issuing agency; the drafting agency's name when empty.
    pub agency: String,
    /// Number and symbol: `215/BC-SNN`.
    pub number: String,
    /// The place: `Lạng Sơn`.
    pub place: String,
    /// The date of issue.
    pub date: Option<Date>,
    /// The capacity of who signs: `KT. GIÁM ĐỐC\nPHÓ GIÁM ĐỐC`.
    pub capacity: String,
    /// Who signs.
    pub signer: String,
    /// Who receives it (nơi nhận), one an entry.
    pub recipients: Vec<String>,
}
