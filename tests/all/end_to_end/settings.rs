//! What the binary says when it can't do what it is asked: a person has to be able to act on it.

use super::installation::Installation;
use super::process::{self, Environment};

#[tokio::test]
async fn a_server_does_not_start_on_a_database_that_is_not_migrated_and_says_what_to_do() -> anyhow::Result<()>
{
    let installation = Installation::new().await?;
    for role in ["comments", "aggregation", "admin", "comments,aggregation,admin"] {
        let ended = installation.serve_in_vain(role).await?;
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(ended.stderr.contains("`ykien migrate`"), "{ended:?}");
        assert_eq!(ended.stdout, "", "it never said that it listens");
    }
    for command in ["verify", "admin-credential"] {
        let ended = installation.run(&[command]).await?;
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(ended.stderr.contains("`ykien migrate`"), "{ended:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_setting_that_is_not_valid_is_named_and_the_exit_code_is_2() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let inside = |name: &str| folder.path().join(name).display().to_string();
    let postgres = ("YKIEN_DATABASE_URL", "postgres://ykien@127.0.0.1:1/ykien".to_owned());
    let cases: &[(&'static str, &str)] = &[
        ("YKIEN_ROLE", "commentator"),
        ("YKIEN_ROLE", ""),
        ("YKIEN_DATABASE_URL", "mysql://ykien@127.0.0.1/ykien"),
        ("YKIEN_MAX_CONNECTIONS", "many"),
        ("YKIEN_MAX_CONNECTIONS", "1"),
        ("YKIEN_COMMENTS_LISTEN", "here"),
        ("YKIEN_AGGREGATION_LISTEN", "127.0.0.1"),
        ("YKIEN_ADMIN_LISTEN", "127.0.0.1:99999"),
        ("YKIEN_METRICS_LISTEN", "everywhere"),
        ("YKIEN_ISSUER", "not a url"),
        ("YKIEN_AUDIENCE", " "),
        ("YKIEN_SEARCH", "sometimes"),
        ("YKIEN_CLIENT_RATE", "many"),
        ("YKIEN_AGENCY_RATE", "-1"),
        ("YKIEN_TOKEN_RATE", "1000001"),
        ("YKIEN_PORT_CONNECTIONS", "0"),
        ("YKIEN_ADDRESS_CONNECTIONS", ""),
        ("YKIEN_TRUSTED_PROXIES", "10.0.0.0/33"),
        ("YKIEN_TLS_CERTIFICATE", "certificate-without-key.pem"),
        ("YKIEN_TLS_CLIENT_AUTH", "required"),
        ("YKIEN_TLS_CLIENT_AUTH", "sometimes"),
        ("YKIEN_LOG", "ykien=loudly"),
        ("YKIEN_LOG_FORMAT", "xml"),
        ("YKIEN_DATABASE_PASSWORD_FILE", "missing"),
    ];
    for (setting, value) in cases {
        let value =
            if *setting == "YKIEN_DATABASE_PASSWORD_FILE" { inside(value) } else { (*value).to_owned() };
        let mut environment = Environment::from([postgres.clone(), (setting, value.clone())]);
        environment.entry("YKIEN_DATA_DIR").or_insert(inside("data"));
        let ended = process::run(&["serve"], &environment).await?;
        assert_eq!(ended.code, Some(2), "{setting}={value}: {ended:?}");
        let flag = format!("--{}", setting.trim_start_matches("YKIEN_").to_lowercase().replace('_', "-"));
        assert!(
            ended.stderr.contains(setting) || ended.stderr.contains(&flag),
            "{setting}={value}: {}",
            ended.stderr
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_port_that_is_taken_is_named_and_the_exit_code_is_1() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let taken = std::net::TcpListener::bind("127.0.0.1:0")?;
    let environment = Environment::from([
        ("YKIEN_DATA_DIR", folder.path().display().to_string()),
        ("YKIEN_AGGREGATION_LISTEN", taken.local_addr()?.to_string()),
    ]);
    let ended = process::run(&["serve", "--role", "aggregation"], &environment).await?;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains("YKIEN_AGGREGATION_LISTEN"), "{ended:?}");
    Ok(())
}

#[tokio::test]
async fn a_database_that_does_not_answer_ends_the_start_and_its_password_is_not_printed() -> anyhow::Result<()>
{
    let folder = tempfile::tempdir()?;
    let password_file = folder.path().join("password");
    std::fs::write(&password_file, "tuyệt mật\n")?;
    let environment = Environment::from([
        // Nothing listens on port 1.
        ("YKIEN_DATABASE_URL", "postgres://ykien@127.0.0.1:1/ykien".to_owned()),
        ("YKIEN_DATABASE_PASSWORD_FILE", password_file.display().to_string()),
    ]);
    let ended = process::run(&["serve"], &environment).await?;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains("can't open the database"), "{ended:?}");
    for secret in ["tuyệt", "mật", "tuy%E1%BB%87t"] {
        assert!(!ended.stderr.contains(secret), "{ended:?}");
    }
    Ok(())
}
