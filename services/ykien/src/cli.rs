//! The command line. Every setting is a flag and a `YKIEN_*` variable; what is checked, [`crate::config`] checks.

mod audit;
mod files;
mod import;
mod transport;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub use audit::{AuditCommand, AuditExportArgs, PersonsArgs, PersonsCommand, PersonsEraseArgs, VerifyArgs};
pub use files::{
    CommentSheetArgs, DecisionsCommand, DecisionsImportArgs, DocumentArg, ExportArgs, GroupArg, LanguageArg,
    LetterheadArgs,
};
pub use import::{
    CommentsCommand, CommentsImportArgs, DepthArg, DraftCommand, DraftCompareArgs, DraftImportArgs,
    LoginArgs, RemoteArgs,
};
pub use transport::{ClientAuthArg, ClientTlsArgs, LimitArgs, TlsArgs};

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
    /// Count everything again and compare: aggregates, events and their seals, tables, numbers. Exit code 1 with the
    /// differences
    Verify(VerifyArgs),
    /// Run the reference case on a database of its own, and go on serving it
    Demo(DemoArgs),
    /// Work on drafts
    #[command(subcommand)]
    Draft(DraftCommand),
    /// Work on comments
    #[command(subcommand)]
    Comments(CommentsCommand),
    /// Work on decisions
    #[command(subcommand)]
    Decisions(DecisionsCommand),
    /// Write a document: the consolidated table, a slip, the directives, a sheet to fill in
    Export(ExportArgs),
    /// The keys that sign tokens
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Seal the change logs, and export them with their proof
    #[command(subcommand)]
    Audit(AuditCommand),
    /// List and erase names of persons
    #[command(subcommand)]
    Persons(PersonsCommand),
    /// Make an administrator's credential on the configured database, and print it once
    AdminCredential(AdminCredentialArgs),
    /// Ask a role on this machine whether it is ready: exit code 0 or 1, for container health checks
    Health(HealthArgs),
    /// Print who may do what, out of the table that enforces it
    Permissions(PermissionsArgs),
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
    #[arg(
        long,
        global = true,
        env = "YKIEN_LOG_FORMAT",
        hide_env_values = true,
        default_value = "text",
        value_name = "FORMAT"
    )]
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
    #[arg(
        long,
        env = "YKIEN_DATA_DIR",
        hide_env_values = true,
        default_value = "./ykien-data",
        value_name = "DIR"
    )]
    pub data: PathBuf,
    /// The most connections to the database, 2 to 1,000
    #[arg(
        long,
        env = "YKIEN_MAX_CONNECTIONS",
        hide_env_values = true,
        default_value = "16",
        value_name = "N"
    )]
    pub max_connections: String,
}

/// Where the roles listen.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Addresses")]
pub struct ListenArgs {
    /// Where the comments role listens (gRPC)
    #[arg(
        long,
        env = "YKIEN_COMMENTS_LISTEN",
        hide_env_values = true,
        default_value = "127.0.0.1:50051",
        value_name = "ADDRESS"
    )]
    pub comments_listen: String,
    /// Where the aggregation role listens (gRPC)
    #[arg(
        long,
        env = "YKIEN_AGGREGATION_LISTEN",
        hide_env_values = true,
        default_value = "127.0.0.1:50052",
        value_name = "ADDRESS"
    )]
    pub aggregation_listen: String,
    /// Where the admin role listens (HTTP)
    #[arg(
        long,
        env = "YKIEN_ADMIN_LISTEN",
        hide_env_values = true,
        default_value = "127.0.0.1:8080",
        value_name = "ADDRESS"
    )]
    pub admin_listen: String,
}

/// `ykien serve`.
#[derive(Debug, Args)]
pub struct ServeArgs {
    /// The roles of this process, separated by commas: comments, aggregation, admin; all when absent
    #[arg(
        long,
        env = "YKIEN_ROLE",
        hide_env_values = true,
        default_value = "comments,aggregation,admin",
        value_name = "ROLES"
    )]
    pub role: String,
    /// The database.
    #[command(flatten)]
    pub database: DatabaseArgs,
    /// Where the roles listen.
    #[command(flatten)]
    pub listen: ListenArgs,
    /// Where /metrics is served by a process without the admin role; nowhere when absent
    #[arg(
        long,
        env = "YKIEN_METRICS_LISTEN",
        hide_env_values = true,
        value_name = "ADDRESS",
        help_heading = "Addresses"
    )]
    pub metrics_listen: Option<String>,
    /// Who issues the tokens: the public URL of the admin role
    #[arg(
        long,
        env = "YKIEN_ISSUER",
        hide_env_values = true,
        default_value = "http://127.0.0.1:8080",
        value_name = "URL",
        help_heading = "Tokens"
    )]
    pub issuer: String,
    /// Whom the tokens are for
    #[arg(
        long,
        env = "YKIEN_AUDIENCE",
        hide_env_values = true,
        default_value = "ykien",
        value_name = "NAME",
        help_heading = "Tokens"
    )]
    pub audience: String,
    /// A file (JSON) that names other issuers whose tokens are accepted, such as a single sign-on
    #[arg(
        long,
        env = "YKIEN_OIDC_ISSUERS",
        hide_env_values = true,
        value_name = "FILE",
        help_heading = "Tokens"
    )]
    pub oidc_issuers: Option<String>,
    /// TLS on every port.
    #[command(flatten)]
    pub tls: TlsArgs,
    /// What a caller may use of the process.
    #[command(flatten)]
    pub limits: LimitArgs,
    /// Whether the aggregation role keeps an index of what comments say; without one every comment is looked at
    #[arg(
        long,
        env = "YKIEN_SEARCH",
        hide_env_values = true,
        default_value = "on",
        value_name = "SWITCH",
        help_heading = "Search"
    )]
    pub search: SearchArg,
}

/// Whether the search index is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SearchArg {
    /// It is kept, beside the writes.
    On,
    /// It is not: a search looks at every comment that is not in it.
    Off,
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

/// `ykien keys`.
#[derive(Debug, Subcommand)]
pub enum KeysCommand {
    /// List the keys: which signs, which still verify, until when
    List(DatabaseArgs),
    /// Sign with a new key from now on, on every server within 5 seconds; the old ones verify until their last token ends
    Rotate(KeysRotateArgs),
}

/// `ykien keys rotate`.
#[derive(Debug, Args)]
pub struct KeysRotateArgs {
    /// The database.
    #[command(flatten)]
    pub database: DatabaseArgs,
    /// Trust the old keys no more: tokens that they signed are refused within 5 seconds. For a key that others may have
    #[arg(long)]
    pub revoke: bool,
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
    /// Where the server's certificate is: then the role is asked by TLS
    #[arg(
        long,
        env = "YKIEN_TLS_CERTIFICATE",
        hide_env_values = true,
        value_name = "FILE",
        help_heading = "TLS"
    )]
    pub tls_certificate: Option<PathBuf>,
    /// How the server is reached.
    #[command(flatten)]
    pub tls: ClientTlsArgs,
}

/// `ykien permissions`.
#[derive(Debug, Args)]
pub struct PermissionsArgs {
    /// How it is printed
    #[arg(long, default_value = "text", value_name = "FORMAT")]
    pub format: PermissionsFormat,
}

/// How the permissions are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PermissionsFormat {
    /// A table for a terminal.
    Text,
    /// The page docs/permissions.md.
    Markdown,
    /// An array, one object an operation.
    Json,
}

#[cfg(test)]
mod tests;
