mod hostile;
mod legal;
mod markdown;
mod report;
mod styled;

use super::{Depth, Outline, parse};

/// The tree as text: `level label <parent's label> heading`, one node a line.
fn tree(text: &str, depth: Depth) -> Vec<String> {
    let outline = parse(text, depth);
    outline
        .nodes
        .iter()
        .map(|node| {
            let parent = node
                .parent
                .and_then(|index| outline.nodes.get(index))
                .map_or("", |above| above.label.as_str());
            format!("{} {} <{parent}> {}", node.level.as_str(), node.label, node.heading)
        })
        .collect()
}

/// The lines of the labels.
fn lines(outline: &Outline) -> Vec<usize> {
    outline.nodes.iter().map(|node| node.line).collect()
}
