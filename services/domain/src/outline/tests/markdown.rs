use super::super::{Depth, parse};
use super::{lines, tree};

#[test]
fn numbered_english_headings_nest_and_front_matter_is_left_out() {
    let text = "# Standard\n## 18 November 2022\n#### Abstract:\nText.\n\n# 1 Introduction\n## 1.1 Scope\n```\n# 9 not this\n```\n\
        ## 1.2 Terms\n###### [RFC1]\n# 2. Design\n#### 2.1.1 Deep\n# Appendix A. Thanks\n## A.1 People\n";
    assert_eq!(
        tree(text, Depth::Article),
        [
            "h1 1 <> Introduction",
            "h2 1.1 <1> Scope",
            "h2 1.2 <1> Terms",
            "h1 2 <> Design",
            "h4 2.1.1 <2> Deep",
            "h1 Appendix A <> Thanks",
            "h2 A.1 <Appendix A> People",
        ]
    );
}

#[test]
fn markdown_without_numbers_nests_by_its_marks() {
    let text = "# Guide\nHello.\n## Use\n### Fast [path](x)\n## **Limits**\n";
    assert_eq!(
        tree(text, Depth::Article),
        ["h1  <> Guide", "h2  <> Use", "h3  <> Fast path", "h2  <> Limits"]
    );
}

#[test]
fn plain_english_headings_continue_their_numbering_and_lists_do_not() {
    let text = "Request for Comments\n\n   1. Introduction ........ 1\n\n1.  Introduction\n\n   We do:\n\n   1. this thing,\n   \
        2. that thing.\n\n1.1.  Terms\n\n   Words.\n\n2.  Protocol\n\n   Bytes.\n\nAppendix A.  Notes\n\n   End.\n";
    assert_eq!(
        tree(text, Depth::Article),
        ["h1 1 <> Introduction", "h2 1.1 <1> Terms", "h1 2 <> Protocol", "appendix Appendix A <> Notes"]
    );
}

#[test]
fn vietnamese_headings_may_carry_markdown_marks() {
    let text = "## NGHỊ ĐỊNH\n\n## Chương I. QUY ĐỊNH CHUNG\n\n### Điều 1. Phạm vi\n\n**1.** Chợ.\n\n**Điều 2.** Phí\n\n## NƠI NHẬN\n\n\
        - Lưu.\n\n## Phụ lục\n\n**DANH MỤC CHỢ**\n\n| Mẫu số | Tên |\n|---|---|\n| Mẫu số 01 | Đơn |\n";
    assert_eq!(
        tree(text, Depth::Article),
        [
            "chapter Chương I <> QUY ĐỊNH CHUNG",
            "article Điều 1 <Chương I> Phạm vi",
            "article Điều 2 <Chương I> Phí",
            "appendix Phụ lục <> DANH MỤC CHỢ",
        ]
    );
}

#[test]
fn a_fence_that_is_never_closed_hides_nothing() {
    let outline = parse("# A\n\n```\n\n# B\n", Depth::Article);
    assert_eq!(lines(&outline), [1, 5]);
}
