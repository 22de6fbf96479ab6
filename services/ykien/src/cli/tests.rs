use clap::{CommandFactory as _, Parser as _};

use super::*;

/// Every command's help, as a user sees it on a terminal 100 columns wide.
fn helps(command: &mut clap::Command, path: &str, all: &mut String) {
    let path = format!("{path}{}", command.get_name());
    all.push_str(&format!("=== {path} --help\n{}\n", command.render_long_help()));
    for sub in command.get_subcommands_mut().filter(|sub| sub.get_name() != "help") {
        helps(sub, &format!("{path} "), all);
    }
}

#[test]
fn the_help_is_as_it_was_read_by_people() {
    let mut all = String::new();
    let mut command = Cli::command().term_width(100);
    command.build();
    helps(&mut command, "", &mut all);
    let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/src/cli/help.txt");
    // `YKIEN_BLESS=1 cargo test -p ykien help` writes it anew.
    if std::env::var_os("YKIEN_BLESS").is_some() {
        std::fs::write(golden, &all).unwrap();
    }
    assert_eq!(all, std::fs::read_to_string(golden).unwrap());
}

#[test]
fn the_arguments_are_consistent() {
    Cli::command().debug_assert();
}

#[test]
fn maps_are_repeatable_and_separated_by_commas() {
    let cli = Cli::parse_from([
        "ykien",
        "comments",
        "import",
        "x.csv",
        "--draft",
        "d",
        "--map",
        "text=comment,agency=commenter",
        "--map",
        "kind=category",
    ]);
    let Command::Comments(CommentsCommand::Import(args)) = cli.command else { panic!("another command") };
    assert_eq!(args.map, ["text=comment", "agency=commenter", "kind=category"]);
    assert_eq!(args.outcomes.len(), 3);
}
