//! Natural persons: who spoke at a meeting, who signed, who gave a directive. Their names are kept apart from everything
//! else, so that they can be erased (Luật 91/2025/QH15) while comments, responses and the audit trail stay as they are.

use serde::{Deserialize, Serialize};

use crate::chain::{push_field, sha256};
use crate::ids::Revision;

/// What stands where a name was erased.
pub const ERASED: &str = "(đã xoá)";

/// How what stands for a person begins.
const PREFIX: &str = "person:";

/// Somebody whose name a draft has, or had.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// What stands for the person in everything else.
    pub person: String,
    /// What names the person, as a path in the draft: `comments/12`, `responses/3`, `directives/1`.
    pub subject: String,
    /// The name; [`ERASED`] once it is.
    pub name: String,
    /// In which capacity, where one was given; empty once erased.
    pub capacity: String,
    /// The draft's revision that named the person.
    pub revision: Revision,
    /// The one that erased the name.
    pub erased: Option<Revision>,
}

/// What stands for a person: a commitment to the name. Who has the salt can show that the name is the one that was given;
/// without it, after an erasure, nobody can even find out whether a guess is right.
#[must_use]
pub fn commitment(salt: &str, name: &str, capacity: &str) -> String {
    let mut bytes = Vec::new();
    for field in [salt, name, capacity] {
        push_field(&mut bytes, Some(field));
    }
    format!("{PREFIX}{}", sha256(&bytes))
}

/// Whether a text stands for a person.
#[must_use]
pub fn stands_for_one(text: &str) -> bool {
    text.strip_prefix(PREFIX).is_some_and(|rest| rest.len() == 64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_for_a_person_depends_on_salt_name_and_capacity() {
        let person = commitment("s", "Nguyễn Văn A", "Giám đốc");
        assert!(stands_for_one(&person) && !stands_for_one("Nguyễn Văn A"));
        assert!(!person.contains("Nguyễn"));
        for other in
            [("t", "Nguyễn Văn A", "Giám đốc"), ("s", "Nguyễn Văn B", "Giám đốc"), ("s", "Nguyễn Văn A", "")]
        {
            assert_ne!(person, commitment(other.0, other.1, other.2));
        }
        assert_ne!(commitment("s", "ab", ""), commitment("s", "a", "b"));
    }
}
