//! The command line. Every setting is a flag and a `YKIEN_*` variable; what is checked, [`crate::config`] checks.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// ykien collects agencies' comments on a draft document (lấy ý kiến góp ý dự thảo văn bản), and turns them into one
/// table: every comment, whether it was taken up, why not, and who answers for it.
#[derive(Debug, Parser)]
#[command(name = "ykien", version, max_term_width = 100, propagate_version = true)]
pub struct Cli {
    /// The log.
    #[command(flatten)]
    pub log: LogArgs,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the server: every role in one process on an embedded database, or the roles chosen on PostgreSQL
    Serve(ServeArgs),
    /// Bring the database's schema up to this release (embedded databases do so by themselves)
    Migrate(DatabaseArgs),
    /// Count everything again and compare: aggregates, events, numbers. Exit code 1 with the differences
    Verify(DatabaseArgs),
    /// Run the reference case on a database of its own, and go on serving it
    Demo(DemoArgs),
    /// Work on drafts
    #[command(subcommand)]
    Draft(DraftCommand),
    /// Work on comments
    #[command(subcommand)]
    Comments(CommentsCommand),
    /// Make an administrator's credential on the configured database, and print it once
    AdminCredential(AdminCredentialArgs),
    /// Ask a role on this machine whether it is ready: exit code 0 or 1, for container health checks
    Health(HealthArgs),
}

/// Work on drafts.
#[derive(Debug, Subcommand)]
pub enum DraftCommand {
    /// Make the section tree of a plain-text or Markdown draft, and add it as a version
    Import(DraftImportArgs),
}

/// Work on comments.
#[derive(Debug, Subcommand)]
pub enum CommentsCommand {
    /// Load the rows of a JSON Lines or CSV file as comments. Loading the same file again changes nothing
    Import(CommentsImportArgs),
}

/// The log.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Log")]
pub struct LogArgs {
    /// What is logged: a level, or levels by target such as ykien_store=debug,info; by default serve logs info, and every
    /// other command warn
    #[arg(long, global = true, env = "YKIEN_LOG", hide_env_values = true, value_name = "FILTER")]
    pub log: Option<String>,
    /// How it is logged
    #[arg(long, global = true, env = "YKIEN_LOG_FORMAT", hide_env_values = true, default_value = "text", value_name = "FORMAT")]
    pub log_format: LogFormat,
}

/// How the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// The database.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Database")]
pub struct DatabaseArgs {
    /// postgres://user@host/database, or sqlite:/path/file.db; the file ykien.db in the data directory when absent
    #[arg(long, env = "YKIEN_DATABASE_URL", hide_env_values = true, value_name = "URL")]
    pub database_url: Option<String>,
    /// A file that holds the password of the PostgreSQL user
    #[arg(long, env = "YKIEN_DATABASE_PASSWORD_FILE", hide_env_values = true, value_name = "FILE")]
    pub database_password_file: Option<PathBuf>,
    /// The data directory, for the embedded database
    #[arg(long, env = "YKIEN_DATA_DIR", hide_env_values = true, default_value = "./ykien-data", value_name = "DIR")]
    pub data: PathBuf,
    /// The most connections to the database, 2 to 1,000
    #[arg(long, env = "YKIEN_MAX_CONNECTIONS", hide_env_values = true, default_value = "16", value_name = "N")]
    pub max_connections: String,
}

/// Where the roles listen.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Addresses")]
pub struct ListenArgs {
    /// Where the comments role listens (gRPC)
    #[arg(long, env = "YKIEN_COMMENTS_LISTEN", hide_env_values = true, default_value = "127.0.0.1:50051", value_name = "ADDRESS")]
    pub comments_listen: String,
    /// Where the aggregation role listens (gRPC)
    #[arg(long, env = "YKIEN_AGGREGATION_LISTEN", hide_env_values = true, default_value = "127.0.0.1:50052", value_name = "ADDRESS")]
    pub aggregation_listen: String,
    /// Where the admin role listens (HTTP)
    #[arg(long, env = "YKIEN_ADMIN_LISTEN", hide_env_values = true, default_value = "127.0.0.1:8080", value_name = "ADDRESS")]
    pub admin_listen: String,
}

/// `ykien serve`.
#[derive(Debug, Args)]
pub struct ServeArgs {
    /// The roles of this process, separated by commas: comments, aggregation, admin; all when absent
    #[arg(long, env = "YKIEN_ROLE", hide_env_values = true, default_value = "comments,aggregation,admin", value_name = "ROLES")]
    pub role: String,
    /// The database.
    #[command(flatten)]
    pub database: DatabaseArgs,
    /// Where the roles listen.
    #[command(flatten)]
    pub listen: ListenArgs,
    /// Where /metrics is served by a process without the admin role; nowhere when absent
    #[arg(long, env = "YKIEN_METRICS_LISTEN", hide_env_values = true, value_name = "ADDRESS", help_heading = "Addresses")]
    pub metrics_listen: Option<String>,
    /// Who issues the tokens: the public URL of the admin role
    #[arg(long, env = "YKIEN_ISSUER", hide_env_values = true, default_value = "http://127.0.0.1:8080", value_name = "URL", help_heading = "Tokens")]
    pub issuer: String,
    /// Whom the tokens are for
    #[arg(long, env = "YKIEN_AUDIENCE", hide_env_values = true, default_value = "ykien", value_name = "NAME", help_heading = "Tokens")]
    pub audience: String,
}

/// `ykien demo`.
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Where the demo's database is kept; a temporary directory when absent
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// End after the tables are printed
    #[arg(long)]
    pub once: bool,
    /// Write the addresses, the draft and the credentials to this file (JSON) once everything is served
    #[arg(long, value_name = "FILE")]
    pub ports_file: Option<PathBuf>,
}

/// `ykien admin-credential`.
#[derive(Debug, Args)]
pub struct AdminCredentialArgs {
    /// The database.
    #[command(flatten)]
    pub database: DatabaseArgs,
    /// The new client's id; admin, or the first of admin-2, admin-3 … that is free when absent
    #[arg(long, value_name = "ID")]
    pub client_id: Option<String>,
}

/// `ykien health`.
#[derive(Debug, Args)]
pub struct HealthArgs {
    /// The role to ask: comments, aggregation or admin
    #[arg(long, env = "YKIEN_ROLE", hide_env_values = true, value_name = "ROLE")]
    pub role: String,
    /// Where the roles listen.
    #[command(flatten)]
    pub listen: ListenArgs,
}

/// A server elsewhere.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Server (the configured database when absent)")]
pub struct RemoteArgs {
    /// The comments role of a server, such as http://127.0.0.1:50051
    #[arg(long, env = "YKIEN_SERVER", hide_env_values = true, value_name = "URL")]
    pub server: Option<String>,
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
    #[arg(long, env = "YKIEN_CLIENT_SECRET_FILE", hide_env_values = true, value_name = "FILE", conflicts_with = "client_secret")]
    pub client_secret_file: Option<PathBuf>,
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
    /// The draft's text: plain text or Markdown, UTF-8, at most 2 MiB
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

#[cfg(test)]
mod tests;
