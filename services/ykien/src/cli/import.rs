//! The imports' part of the command line.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::{ClientTlsArgs, CommentSheetArgs, DatabaseArgs};

/// Work on drafts.
#[derive(Debug, Subcommand)]
pub enum DraftCommand {
    /// Make the section tree of a Word, Markdown or plain-text draft, and add it as a version
    Import(DraftImportArgs),
    /// Print what became of each section from one version to another
    Compare(DraftCompareArgs),
}

/// Work on comments.
#[derive(Debug, Subcommand)]
pub enum CommentsCommand {
    /// Load the rows of a JSON Lines or CSV file as comments. Loading the same file again changes nothing
    Import(CommentsImportArgs),
    /// Take the rows of a filled-in comment sheet, or of an ISO/CEN commenting form. The same file again adds nothing
    ImportSheet(CommentSheetArgs),
}

/// A server elsewhere.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Server (the configured database when absent)")]
pub struct RemoteArgs {
    /// The comments role of a server, such as http://127.0.0.1:50051
    #[arg(long, env = "YKIEN_SERVER", hide_env_values = true, value_name = "URL")]
    pub server: Option<String>,
    /// Who calls it.
    #[command(flatten)]
    pub login: LoginArgs,
}

/// Who calls a server.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Server (the configured database when absent)")]
pub struct LoginArgs {
    /// Its token endpoint, such as http://127.0.0.1:8080/oauth2/token
    #[arg(long, env = "YKIEN_TOKEN_URL", hide_env_values = true, value_name = "URL")]
    pub token_url: Option<String>,
    /// The client's id
    #[arg(long, env = "YKIEN_CLIENT_ID", hide_env_values = true, value_name = "ID")]
    pub client_id: Option<String>,
    /// The client's secret (better in the variable or the file: a command line can be seen by others)
    #[arg(long, env = "YKIEN_CLIENT_SECRET", hide_env_values = true, value_name = "SECRET")]
    pub client_secret: Option<String>,
    /// A file that holds the client's secret
    #[arg(
        long,
        env = "YKIEN_CLIENT_SECRET_FILE",
        hide_env_values = true,
        value_name = "FILE",
        conflicts_with = "client_secret"
    )]
    pub client_secret_file: Option<PathBuf>,
    /// How the server is reached.
    #[command(flatten)]
    pub tls: ClientTlsArgs,
}

/// How deep a draft is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DepthArg {
    /// Down to Điều; reports and programmes down to a)
    Article,
    /// And khoản
    Clause,
    /// And điểm, and the dashes of reports
    Point,
}

/// `ykien draft import`.
#[derive(Debug, Args)]
pub struct DraftImportArgs {
    /// The draft: Word (.docx, at most 16 MiB), or plain text or Markdown in UTF-8; at most 2 MiB of text
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The draft's id, 1 to 63 lower-case letters, digits or '-'
    #[arg(long, value_name = "ID")]
    pub draft: String,
    /// The title, when the draft is made; the file's name when absent
    #[arg(long)]
    pub title: Option<String>,
    /// The drafting agency's code, when the draft is made
    #[arg(long, value_name = "CODE")]
    pub agency: Option<String>,
    /// How deep the text is read
    #[arg(long, default_value = "article")]
    pub depth: DepthArg,
    /// Print the tree, and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// The server.
    #[command(flatten)]
    pub remote: RemoteArgs,
    /// The database.
    #[command(flatten)]
    pub database: DatabaseArgs,
}

/// `ykien draft compare`.
#[derive(Debug, Args)]
#[command(after_long_help = MARKS_HELP)]
pub struct DraftCompareArgs {
    /// The draft's id
    #[arg(long, value_name = "ID")]
    pub draft: String,
    /// The version that is compared
    #[arg(long, value_name = "VERSION", value_parser = clap::value_parser!(i64).range(1..))]
    pub from: i64,
    /// The version that it is compared with; the newest when absent
    #[arg(long, value_name = "VERSION", value_parser = clap::value_parser!(i64).range(1..))]
    pub to: Option<i64>,
    /// The server.
    #[command(flatten)]
    pub remote: RemoteArgs,
    /// The database.
    #[command(flatten)]
    pub database: DatabaseArgs,
}

const MARKS_HELP: &str = "\
A line for each section that changed, in the reading order of the second version. What it begins with:
  +  only the second version has it
  -  only the first version has it
  >  it was moved
  #  its label or its heading is another: before → after
  ~  its own text is another: the lines that differ follow, - before and + after";

/// `ykien comments import`.
#[derive(Debug, Args)]
#[command(after_long_help = MAPPING_HELP)]
pub struct CommentsImportArgs {
    /// The rows: JSON Lines (.jsonl, .ndjson) or CSV with a header (.csv; comma, semicolon or tab)
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The draft's id
    #[arg(long, value_name = "ID")]
    pub draft: String,
    /// Which column is which field, field=column, separated by commas or repeated; see below
    #[arg(long, value_name = "FIELD=COLUMN", value_delimiter = ',')]
    pub map: Vec<String>,
    /// Which word of the outcome column is which decision, word=accepted|partially_accepted|rejected; other words leave
    /// the comment pending
    #[arg(
        long,
        value_name = "WORD=OUTCOME",
        value_delimiter = ',',
        default_value = "accepted=accepted,partially_accepted=partially_accepted,rejected=rejected"
    )]
    pub outcomes: Vec<String>,
    /// Make what is missing: the agencies, the draft with the sections that the rows cite, an open round for anyone
    #[arg(long)]
    pub create: bool,
    /// The title of a draft that is made; the file's name when absent
    #[arg(long)]
    pub title: Option<String>,
    /// The drafting agency's code of a draft that is made
    #[arg(long, value_name = "CODE", default_value = crate::credential::ADMIN_AGENCY)]
    pub agency: String,
    /// Write what became of each line to this file (JSON Lines)
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
    /// Print only the lines that were refused, and the totals
    #[arg(long)]
    pub quiet: bool,
    /// The server.
    #[command(flatten)]
    pub remote: RemoteArgs,
    /// The database.
    #[command(flatten)]
    pub database: DatabaseArgs,
}

const MAPPING_HELP: &str = "\
Fields, and the columns that they are read from when --map does not say otherwise (the first that the file has):
  agency           agency, commenter      a code, a name or a short name; the caller's own agency when empty
  section          section                a label, a path of labels (IV/2/a) or a heading; the whole draft when empty
  kind             kind                   general, substantive, technical, editorial, question
  title            title
  text             text, comment
  proposed_change  proposed_change
  quote            quote                  words of the section
  source_id        source_id, id          its id in the log that it comes from: what makes a row known again
  source_status    source_status, disposition     its status there, word for word
  outcome          outcome, disposition_norm
  explanation      explanation, resolution

Bounds: 64 MiB a file, 100,000 rows, 1 MiB a line. A control character that Windows-1252 text left behind is read as the
character that was meant, any other becomes U+FFFD; the report says where.";
