use tiberius::EncryptionLevel;

use super::engine::PASSWORD;
use super::{WireOptions, config, open, start};
use crate::wire::Encryption;

async fn logs_in(encryption: EncryptionLevel, encrypted: bool) {
    let (server, engine) = start(WireOptions::default()).await;
    let mut client = open(&server, config(&server, encryption, PASSWORD))
        .await
        .unwrap();
    let rows = client
        .simple_query("rows 3")
        .await
        .unwrap()
        .into_first_result()
        .await
        .unwrap();
    assert_eq!(rows.len(), 3);
    let login = engine.logins.lock().unwrap()[0].clone();
    assert_eq!(
        (login.user.as_str(), login.database.as_str()),
        ("sa", "stand")
    );
    assert_eq!(login.app_name, "tiberius");
    assert_eq!(login.encrypted, encrypted);
    drop(client);
    server.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_encrypts_everything_is_served_over_tls() {
    logs_in(EncryptionLevel::Required, true).await;
    logs_in(EncryptionLevel::On, true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_encrypts_only_its_login_is_served_in_the_clear() {
    logs_in(EncryptionLevel::Off, false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_cannot_encrypt_is_served_in_the_clear() {
    logs_in(EncryptionLevel::NotSupported, false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_strict_client_is_served_over_tls_from_the_first_byte() {
    logs_in(EncryptionLevel::Strict, true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_refused_with_18456() {
    for encryption in [EncryptionLevel::Off, EncryptionLevel::Required] {
        let (server, _) = start(WireOptions::default()).await;
        let refused = open(&server, config(&server, encryption, "wrong")).await;
        let error = refused.err().unwrap();
        assert_eq!(error.code(), Some(18456), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_encryption_turns_away_who_insists_on_it() {
    let options = WireOptions {
        encryption: Encryption::Unsupported,
        ..WireOptions::default()
    };
    let (server, _) = start(options).await;
    for refused in [EncryptionLevel::Required, EncryptionLevel::Strict] {
        let answer = open(&server, config(&server, refused, PASSWORD)).await;
        assert!(answer.is_err());
    }
    let plain = config(&server, EncryptionLevel::NotSupported, PASSWORD);
    open(&server, plain).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_requires_encryption_turns_away_who_cannot() {
    let options = WireOptions {
        encryption: Encryption::Required,
        ..WireOptions::default()
    };
    let (server, engine) = start(options).await;
    let plain = config(&server, EncryptionLevel::NotSupported, PASSWORD);
    assert!(open(&server, plain).await.is_err());
    let tls = config(&server, EncryptionLevel::On, PASSWORD);
    open(&server, tls).await.unwrap();
    assert!(engine.logins.lock().unwrap()[0].encrypted);
}
