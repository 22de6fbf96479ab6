//! What people at a server with TLS use: its commands, its health check and its log.

use std::time::Duration;

use serde_json::json;

use super::authority::Authority;
use super::installation::Files;
use super::server::Server;
use crate::end_to_end::process::{self, Environment};

/// How long the log may take to say that the files are broken.
const NOTICED: Duration = Duration::from_secs(30);

#[tokio::test]
async fn the_commands_reach_a_server_that_has_tls_and_its_log_says_when_a_new_certificate_is_broken()
-> anyhow::Result<()> {
    let authority = Authority::new();
    let files = Files::new(&authority.server(), &authority.pem);
    let own = authority.client(&["urn:ykien:agency:H37.05"]);
    files.write("own.pem", &own.certificate);
    files.write("own.key", &own.key);
    files.write("draft.md", "# Một\n\nmột\n\n# Hai\n\nhai\n");
    let path = |name: &str| files.path(name).display().to_string();
    let data = tempfile::tempdir()?;
    let environment = Environment::from([("YKIEN_DATA_DIR", data.path().display().to_string())]);
    let printed = process::run(&["admin-credential"], &environment).await?.printed()?;
    let secret = printed.split_whitespace().last().unwrap_or_default().to_owned();
    let server = Server::start(&authority, &files, data.path(), "text").await?;
    let admin = server.log_in("admin", &secret).await?;
    server.post(&admin, "/v1/agencies", json!({ "code": "H37.05", "name": "Sở", "kind": "other" })).await?;
    let client = json!({ "client_id": "so", "agency": "H37.05", "role": "drafter" });
    let made = server.post(&admin, "/v1/clients", client).await?;

    let reached = Environment::from([
        ("YKIEN_TLS_CA", path("ca.pem")),
        ("YKIEN_TLS_SERVER_NAME", super::authority::SERVER.to_owned()),
        ("YKIEN_TLS_CERTIFICATE", path("certificate.pem")),
        ("YKIEN_TLS_CLIENT_CERTIFICATE", path("own.pem")),
        ("YKIEN_TLS_CLIENT_KEY", path("own.key")),
    ]);
    let listens = [
        ("comments", "YKIEN_COMMENTS_LISTEN"),
        ("aggregation", "YKIEN_AGGREGATION_LISTEN"),
        ("admin", "YKIEN_ADMIN_LISTEN"),
    ];
    for (role, variable) in listens {
        let mut environment = reached.clone();
        environment.insert(variable, server.url(role).trim_start_matches("https://").to_owned());
        let healthy = process::run(&["health", "--role", role], &environment).await?.printed()?;
        assert_eq!(healthy, "ready\n", "{role}");
        environment.remove("YKIEN_TLS_CA");
        let untrusted = process::run(&["health", "--role", role], &environment).await?;
        assert_eq!(untrusted.code, Some(1), "{role}: {untrusted:?}");
    }

    let mut import = reached.clone();
    import.remove("YKIEN_TLS_CERTIFICATE");
    import.insert("YKIEN_SERVER", server.url("comments").to_owned());
    import.insert("YKIEN_TOKEN_URL", format!("{}/oauth2/token", server.url("admin")));
    import.insert("YKIEN_CLIENT_ID", "so".to_owned());
    import.insert("YKIEN_CLIENT_SECRET", made["client_secret"].as_str().unwrap_or_default().to_owned());
    let arguments = ["draft", "import", &path("draft.md"), "--draft", "d", "--agency", "H37.05"];
    process::run(&arguments, &import).await?.printed()?;
    // Another agency's client with this certificate.
    import.insert("YKIEN_CLIENT_ID", "admin".to_owned());
    import.insert("YKIEN_CLIENT_SECRET", secret);
    let refused = process::run(&arguments, &import).await?;
    assert!(refused.stderr.contains("certificate"), "{refused:?}");

    files.write("certificate.pem", "no PEM");
    let noticed = async {
        let mut look = tokio::time::interval(Duration::from_millis(200));
        while !server.written("log").contains("YKIEN_TLS_CERTIFICATE") {
            look.tick().await;
        }
    };
    tokio::time::timeout(NOTICED, noticed).await?;
    server.log_in("so", made["client_secret"].as_str().unwrap_or_default()).await?;
    server.stop().await
}
