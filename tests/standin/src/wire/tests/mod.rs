//! The wire against a real client (tiberius) and a scripted engine.

mod bulk;
mod engine;
mod lifecycle;
mod login;
mod queries;
mod raw;

use std::sync::Arc;

use tiberius::{AuthMethod, Client, Config, EncryptionLevel};
use tokio::net::TcpStream;
use tokio_util::compat::{Compat, TokioAsyncWriteCompatExt};

use super::{Listener, RunningServer, WireOptions};
use engine::ScriptedServer;

type TestClient = Client<Compat<TcpStream>>;

async fn start(options: WireOptions) -> (RunningServer, Arc<ScriptedServer>) {
    let engine = Arc::new(ScriptedServer::default());
    let server = Listener::bind("127.0.0.1:0", Arc::clone(&engine) as _, options)
        .await
        .unwrap();
    (server, engine)
}

fn config(server: &RunningServer, encryption: EncryptionLevel, password: &str) -> Config {
    let mut config = Config::new();
    config.host("localhost");
    config.port(server.local_addr().port());
    config.database("stand");
    config.authentication(AuthMethod::sql_server("sa", password));
    config.encryption(encryption);
    config.trust_cert_ca_bundle(server.ca_pem().as_bytes().to_vec());
    config
}

async fn open(server: &RunningServer, config: Config) -> tiberius::Result<TestClient> {
    let tcp = TcpStream::connect(server.local_addr()).await.unwrap();
    tcp.set_nodelay(true).unwrap();
    Client::connect(config, tcp.compat_write()).await
}

async fn connect(server: &RunningServer) -> TestClient {
    let config = config(server, EncryptionLevel::NotSupported, engine::PASSWORD);
    open(server, config).await.unwrap()
}
