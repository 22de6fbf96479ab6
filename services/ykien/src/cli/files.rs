//! The part of the command line that is about files: documents out, sheets in.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::{DatabaseArgs, LoginArgs, RemoteArgs};

/// Work on decisions.
#[derive(Debug, Subcommand)]
pub enum DecisionsCommand {
    /// Take the decisions of a filled-in decision sheet (.xlsx, .csv). Comments that changed since it was written are reported,
    /// and stay as they are
    Import(DecisionsImportArgs),
}

/// Which document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DocumentArg {
    /// The consolidated table: every comment and what became of it; docx, pdf, xlsx, csv, json
    Summary,
    /// What became of one agency's comments; docx, pdf
    Slip,
    /// The chair's instructions and what was done with each; docx, pdf
    Directives,
    /// The sheet in which an agency writes its comments; xlsx
    CommentSheet,
    /// The sheet in which decisions are written; xlsx
    DecisionSheet,
    /// The commenting form of ISO, IEC and CEN; xlsx, docx
    IsoForm,
}

/// The language of a document's own words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LanguageArg {
    /// Vietnamese.
    Vi,
    /// English.
    En,
}

/// How a summary's table is grouped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum GroupArg {
    /// By section, in the draft's own order.
    Section,
    /// By status.
    Status,
    /// By agency.
    Agency,
    /// By responsible agency.
    Responsible,
}

/// `ykien export`.
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// The file to write; its ending says the format. It is written beside and put in place when it is whole
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The draft's id
    #[arg(long, value_name = "ID")]
    pub draft: String,
    /// Which document
    #[arg(long, default_value = "summary")]
    pub document: DocumentArg,
    /// The language of its own words; comments stay as they were written
    #[arg(long, default_value = "vi")]
    pub language: LanguageArg,
    /// How a summary's table is grouped; a workbook has all groupings
    #[arg(long, default_value = "section")]
    pub group_by: GroupArg,
    /// Only this round; all comments, and the newest round's roster, when absent
    #[arg(long, value_name = "NUMBER")]
    pub round: Option<i64>,
    /// Whose slip or comment sheet
    #[arg(long, value_name = "CODE")]
    pub agency: Option<String>,
    /// What stands around an official document.
    #[command(flatten)]
    pub letterhead: LetterheadArgs,
    /// The aggregation role of a server, such as http://127.0.0.1:50052
    #[arg(
        long,
        env = "YKIEN_AGGREGATION_SERVER",
        hide_env_values = true,
        value_name = "URL",
        help_heading = "Server (the configured database when absent)"
    )]
    pub server: Option<String>,
    /// Who calls it.
    #[command(flatten)]
    pub login: LoginArgs,
    /// The database.
    #[command(flatten)]
    pub database: DatabaseArgs,
}

/// What stands around an official document.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Letterhead (what is absent is left open on the page)")]
pub struct LetterheadArgs {
    /// The agency above the issuing one
    #[arg(long, value_name = "NAME", default_value = "", hide_default_value = true)]
    pub superior: String,
    /// The issuing agency; the drafting agency's name when absent
    #[arg(long, value_name = "NAME", default_value = "", hide_default_value = true)]
    pub issuing_agency: String,
    /// Number and symbol, such as 215/BC-SNN
    #[arg(long, value_name = "NUMBER", default_value = "", hide_default_value = true)]
    pub number: String,
    /// The place
    #[arg(long, value_name = "PLACE", default_value = "", hide_default_value = true)]
    pub place: String,
    /// The date of issue, YYYY-MM-DD
    #[arg(long, value_name = "DATE")]
    pub date: Option<String>,
    /// The capacity of who signs
    #[arg(long, value_name = "WORDS", default_value = "", hide_default_value = true)]
    pub capacity: String,
    /// Who signs
    #[arg(long, value_name = "NAME", default_value = "", hide_default_value = true)]
    pub signer: String,
    /// Who receives it; repeated
    #[arg(long = "recipient", value_name = "NAME")]
    pub recipients: Vec<String>,
}

/// `ykien comments import-sheet`.
#[derive(Debug, Args)]
pub struct CommentSheetArgs {
    /// The file: a filled-in comment sheet (.xlsx, .csv), or an ISO/CEN commenting form (.xlsx, .docx, .csv); at most 16 MiB
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The draft's id
    #[arg(long, value_name = "ID")]
    pub draft: String,
    /// Whose comments they are; the one that the sheet names when absent
    #[arg(long, value_name = "CODE")]
    pub agency: Option<String>,
    /// The round; the one that the sheet names, or else the open one, when absent
    #[arg(long, value_name = "NUMBER")]
    pub round: Option<i64>,
    /// Say what would become of each row, and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// The server.
    #[command(flatten)]
    pub remote: RemoteArgs,
    /// The database.
    #[command(flatten)]
    pub database: DatabaseArgs,
}

/// `ykien decisions import`.
#[derive(Debug, Args)]
pub struct DecisionsImportArgs {
    /// The file: a filled-in decision sheet (.xlsx, .csv); at most 16 MiB
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The draft's id
    #[arg(long, value_name = "ID")]
    pub draft: String,
    /// Say what would become of each row, and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// The server.
    #[command(flatten)]
    pub remote: RemoteArgs,
    /// The database.
    #[command(flatten)]
    pub database: DatabaseArgs,
}
