use std::io::Write as _;

use super::*;

fn database(url: Option<&str>, password_file: Option<&Path>) -> Result<Database, String> {
    let args = DatabaseArgs {
        database_url: url.map(str::to_owned),
        database_password_file: password_file.map(Path::to_owned),
        data: PathBuf::from("data"),
        max_connections: "16".to_owned(),
    };
    Database::check(&args).map_err(|bad| bad.to_string())
}

#[test]
fn a_bad_database_names_its_setting() {
    let table = [
        (Some("mysql://x"), "YKIEN_DATABASE_URL: must begin with postgres:// or sqlite:"),
        (Some("sqlite:"), "YKIEN_DATABASE_URL: must name a file: sqlite:/path/file.db"),
    ];
    for (url, expected) in table {
        assert_eq!(database(url, None).unwrap_err(), expected);
    }
    let none = database(Some("postgres://u@h/d"), Some(Path::new("/nowhere"))).unwrap_err();
    assert!(none.starts_with("YKIEN_DATABASE_PASSWORD_FILE: /nowhere: "), "{none}");
    let sqlite = database(None, Some(Path::new("/nowhere"))).unwrap_err();
    assert!(sqlite.starts_with("YKIEN_DATABASE_PASSWORD_FILE: belongs to a PostgreSQL database"), "{sqlite}");
}

#[test]
fn the_default_is_a_file_in_the_data_directory() {
    let found = database(None, None).unwrap();
    assert_eq!((found.url.as_str(), found.is_embedded()), ("sqlite:data/ykien.db", true));
    assert_eq!(database(Some("sqlite:///var/lib/y.db"), None).unwrap().url, "sqlite:/var/lib/y.db");
}

#[test]
fn a_password_file_goes_into_the_url_encoded() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    writeln!(file, "p@ss/w:rd").unwrap();
    let found =
        database(Some("postgresql://ykien@db:5432/ykien?sslmode=require"), Some(file.path())).unwrap();
    assert_eq!(found.url, "postgres://ykien:p%40ss%2Fw%3Ard@db:5432/ykien?sslmode=require");
    assert!(!found.is_embedded());
    let twice = database(Some("postgres://a:b@db/ykien"), Some(file.path())).unwrap_err();
    assert_eq!(twice, "YKIEN_DATABASE_PASSWORD_FILE: YKIEN_DATABASE_URL has a password already");
    let nobody = database(Some("postgres://db/ykien"), Some(file.path())).unwrap_err();
    assert_eq!(nobody, "YKIEN_DATABASE_URL: must name a user when YKIEN_DATABASE_PASSWORD_FILE is given");
}

#[test]
fn roles_are_a_list_of_known_words() {
    assert_eq!(roles("admin, comments,admin").unwrap(), [Role::Admin, Role::Comments]);
    assert_eq!(
        roles("web").unwrap_err().to_string(),
        "YKIEN_ROLE: must be of comments, aggregation, admin; is \"web\""
    );
    assert!(roles(" ,").unwrap_err().to_string().starts_with("YKIEN_ROLE: "));
}

#[test]
fn a_bad_address_names_its_setting() {
    let error = address("YKIEN_ADMIN_LISTEN", "8080").unwrap_err().to_string();
    assert!(error.starts_with("YKIEN_ADMIN_LISTEN: must be an address with a port"), "{error}");
    assert_eq!(address("x", "[::]:1").unwrap().port(), 1);
}

#[test]
fn a_server_needs_its_token_endpoint_and_its_client() {
    let mut args = RemoteArgs { server: Some("http://h:50051".into()), ..RemoteArgs::default() };
    let bad = |args: &RemoteArgs| Remote::check(args).unwrap_err().to_string();
    assert_eq!(bad(&args), "YKIEN_CLIENT_SECRET: is required with YKIEN_SERVER");
    args.login.client_secret = Some("s".into());
    args.server = Some("h:50051".into());
    assert_eq!(bad(&args), "YKIEN_SERVER: must be a URL such as http://127.0.0.1:8080");
    args.server = Some("http://h:50051".into());
    assert_eq!(bad(&args), "YKIEN_TOKEN_URL: is required with YKIEN_SERVER");
    args.login.token_url = Some("http://h:8080/oauth2/token".into());
    assert_eq!(bad(&args), "YKIEN_CLIENT_ID: is required with YKIEN_SERVER");
    assert!(Remote::check(&RemoteArgs::default()).unwrap().is_none());
}
