//! A test's own client: it creates, fills and asks the database, beside the product.

use hartonomous::connect::{Endpoint, Parts, Trust};
use secrecy::ExposeSecret;
use tiberius::{AuthMethod, Client, ColumnData, Config, EncryptionLevel};
use tokio::net::TcpStream;
use tokio_util::compat::{Compat, TokioAsyncWriteCompatExt};

/// A connection with SQL Server's default session options, QUOTED_IDENTIFIER among them.
pub struct Session {
    client: Client<Compat<TcpStream>>,
}

/// Rows of text; NULL is None.
pub type Rows = Vec<Vec<Option<String>>>;

/// The endpoint of an ADO.NET connection string that holds everything.
pub fn endpoint(connection_string: &str) -> Endpoint {
    Parts::from_connection_string(connection_string)
        .unwrap()
        .finish(|_, _| None)
        .unwrap()
}

impl Session {
    pub async fn open(connection_string: &str) -> Self {
        Self::open_as(connection_string, "hartonomous tests").await
    }

    /// The same under the name of another program.
    pub async fn open_as(connection_string: &str, program: &str) -> Self {
        let endpoint = endpoint(connection_string);
        let mut config = Config::new();
        config.host(&endpoint.host);
        config.port(endpoint.port);
        config.database(&endpoint.database);
        config.authentication(AuthMethod::sql_server(
            &endpoint.user,
            endpoint.password.expose_secret(),
        ));
        config.application_name(program);
        config.encryption(EncryptionLevel::Required);
        match &endpoint.trust {
            Trust::System => {}
            Trust::Authority(path) => config.trust_cert_ca(path.display().to_string()),
            Trust::Anyone => config.trust_cert(),
        }
        let stream = TcpStream::connect(config.get_addr()).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let client = Client::connect(config, stream.compat_write())
            .await
            .unwrap();
        Self { client }
    }

    /// The result sets of a batch.
    pub async fn batch(&mut self, sql: &str) -> Result<Vec<Rows>, tiberius::error::Error> {
        let sets = self.client.simple_query(sql).await?.into_results().await?;
        Ok(sets
            .into_iter()
            .map(|rows| {
                rows.into_iter()
                    .map(|row| row.into_iter().map(text).collect())
                    .collect()
            })
            .collect())
    }
}

fn text(value: ColumnData<'static>) -> Option<String> {
    match value {
        ColumnData::U8(value) => value.map(|v| v.to_string()),
        ColumnData::I16(value) => value.map(|v| v.to_string()),
        ColumnData::I32(value) => value.map(|v| v.to_string()),
        ColumnData::I64(value) => value.map(|v| v.to_string()),
        ColumnData::F32(value) => value.map(|v| v.to_string()),
        ColumnData::F64(value) => value.map(|v| v.to_string()),
        ColumnData::Bit(value) => value.map(|v| u8::from(v).to_string()),
        ColumnData::String(value) => value.map(|v| v.into_owned()),
        ColumnData::Binary(value) => {
            value.map(|bytes| bytes.iter().map(|byte| format!("{byte:02x}")).collect())
        }
        ColumnData::Numeric(value) => value.map(|v| v.to_string()),
        other => Some(format!("{other:?}")),
    }
}
