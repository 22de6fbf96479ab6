use std::fmt::Write;
use std::time::{Duration, Instant};

use super::super::{Depth, MAX_NODES, Outline, parse};

/// How long a hostile text is, in bytes; the shorter one is for the many small variations.
const LONG: usize = 1 << 20;
const SHORT: usize = 1 << 17;

/// Parses at every depth and checks what holds for any input.
fn survives(text: &str) {
    for depth in [Depth::Article, Depth::Clause, Depth::Point] {
        let started = Instant::now();
        let Outline { nodes, .. } = parse(text, depth);
        assert!(started.elapsed() < Duration::from_secs(20), "linear time, even unoptimised");
        assert!(nodes.len() <= MAX_NODES);
        assert!(
            nodes.iter().enumerate().all(|(index, node)| node.parent.is_none_or(|parent| parent < index))
        );
        assert!(nodes.windows(2).all(|pair| matches!(pair, [a, b] if a.line <= b.line)));
    }
}

fn repeat(unit: &str) -> String {
    unit.repeat(SHORT / unit.len())
}

#[test]
fn an_empty_text_has_no_nodes_and_no_preamble() {
    assert_eq!(parse("", Depth::Point), Outline::default());
    assert_eq!(parse(" \n\u{feff}\n", Depth::Point).nodes, []);
}

#[test]
fn a_text_without_headings_is_all_preamble() {
    assert_eq!(parse("Kính gửi Sở.\n\nXin cảm ơn.\n", Depth::Point).preamble, "Kính gửi Sở.\n\nXin cảm ơn.");
}

#[test]
fn a_mebibyte_of_bare_numbers_ends_quickly() {
    survives(&"1.\n".repeat(LONG / 3));
}

#[test]
fn repeated_labels_end_quickly() {
    for unit in [
        "1.\n",
        "1. a\n",
        "a) b\n",
        "Điều 1.\n",
        "Điều 1. Phạm vi\n",
        "Chương I\n",
        "PHỤ LỤC\n",
        "Mẫu số 1\n",
        "- aaa\n",
    ] {
        survives(&format!("Đây là văn bản được ban hành\n{}", repeat(unit)));
    }
}

#[test]
fn repeated_notes_quotes_and_contents_end_quickly() {
    let units = [
        "(Ban hành kèm theo\n",
        "QUY CHẾ\n(Kèm theo\n",
        "“Điều 1. a\n",
        "\"\n",
        "”\n",
        "MỤC LỤC\n1. A\n",
        "References\n1. a\n",
        "MỤC LỤC\n",
        "```\n",
        "|\n",
        "# A\n",
        "###### 1.1 b\n",
        "* _ [ < \\\n",
        "[",
        "<",
        "**",
        "\n",
        "\r\n",
        "Điều 1. A\n\nQUY CHẾ\n\n",
        "I. A\nA. B\n",
    ];
    for unit in units {
        survives(&format!("Đây là văn bản được ban hành\n{}", repeat(unit)));
        survives(&repeat(unit));
    }
}

#[test]
fn numbers_that_run_on_stop_at_the_limit() {
    let mut text = String::from("Đây là một báo cáo được lập\n\n");
    for number in 1..=30_000 {
        let _ = write!(text, "# {number}.1 Mục\n\nĐiều {number}. Phạm vi\n\n");
    }
    survives(&text);
}

#[test]
fn deep_markdown_and_unclosed_quotes_end_quickly() {
    survives(&"#".repeat(LONG));
    survives(&format!("# 1{}", ".1".repeat(LONG / 2)));
    survives(&format!("Điều 1. Sửa đổi\n“Điều 2. {}", repeat("Điều khoản “mở “mãi\n")));
    survives(&"\u{301}".repeat(LONG / 2));
    survives(&"0123456789".repeat(LONG / 10));
}

#[test]
fn every_prefix_of_a_document_is_answered() {
    let text = "Chương I\nQUY ĐỊNH\n\nĐiều 1. Phạm vi “a”\n1. Là:\nđ) \"x\n\nPHỤ LỤC I\n(Kèm theo\nMẫu số 01/TTr\n# A.1 b\n";
    for end in (0..=text.len()).filter(|end| text.is_char_boundary(*end)) {
        let (head, tail) = text.split_at(end);
        for part in [head, tail] {
            let _ = parse(part, Depth::Point);
        }
    }
}
