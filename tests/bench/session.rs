//! The benchmark's own connection: the same driver, encryption and packet size as the product's.

use std::error::Error;

use futures_util::TryStreamExt;
use hartonomous::connect::{Endpoint, Parts, Trust};
use secrecy::ExposeSecret;
use tiberius::{
    AuthMethod, Client, Config, EncryptionLevel, Row, SqlBulkCopyOption, SqlBulkCopyOptions,
    TokenRow,
};
use tokio::net::TcpStream;
use tokio_util::compat::{Compat, TokioAsyncWriteCompatExt};

pub type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

pub struct Session {
    client: Client<Compat<TcpStream>>,
}

/// The endpoint of an ADO.NET connection string that holds everything.
pub fn endpoint(connection_string: &str) -> Outcome<Endpoint> {
    Ok(Parts::from_connection_string(connection_string)?.finish(|_, _| None)?)
}

impl Session {
    pub async fn open(connection_string: &str) -> Outcome<Self> {
        let endpoint = endpoint(connection_string)?;
        let mut config = Config::new();
        config.host(&endpoint.host);
        config.port(endpoint.port);
        config.database(&endpoint.database);
        config.authentication(AuthMethod::sql_server(
            &endpoint.user,
            endpoint.password.expose_secret(),
        ));
        config.application_name("hartonomous benchmark");
        config.encryption(EncryptionLevel::Required);
        match &endpoint.trust {
            Trust::System => {}
            Trust::Authority(path) => config.trust_cert_ca(path.display()),
            Trust::Anyone => config.trust_cert(),
        }
        config.command_timeout(None);
        config.packet_size(32_767);
        let stream = TcpStream::connect(config.get_addr()).await?;
        stream.set_nodelay(true)?;
        let client = Client::connect(config, stream.compat_write()).await?;
        Ok(Self { client })
    }

    /// Runs a batch whose results nobody wants.
    pub async fn batch(&mut self, sql: &str) -> Outcome<()> {
        self.client.simple_query(sql).await?.into_results().await?;
        Ok(())
    }

    /// Runs a script, batch by batch as GO separates them.
    pub async fn script(&mut self, sql: &str) -> Outcome<()> {
        let mut batch = String::new();
        for line in sql.lines().chain(["GO"]) {
            if !line.trim().eq_ignore_ascii_case("go") {
                batch.push_str(line);
                batch.push('\n');
            } else if !batch.trim().is_empty() {
                self.batch(&std::mem::take(&mut batch)).await?;
            }
        }
        Ok(())
    }

    /// Hands every row of a query to `each`.
    pub async fn rows(
        &mut self,
        sql: &str,
        mut each: impl FnMut(&Row) -> Outcome<()>,
    ) -> Outcome<()> {
        let mut answer = self.client.simple_query(sql).await?;
        while let Some(item) = answer.try_next().await? {
            if let Some(row) = item.as_row() {
                each(row)?;
            }
        }
        Ok(())
    }

    /// Bulk-loads rows with the options that the product loads with.
    pub async fn bulk<'a>(
        &'a mut self,
        table: &'a str,
        columns: &'a [&'a str],
        rows: impl Iterator<Item = TokenRow<'a>>,
    ) -> Outcome<u64> {
        let options: SqlBulkCopyOptions =
            SqlBulkCopyOption::CheckConstraints | SqlBulkCopyOption::KeepNulls;
        let mut load = self
            .client
            .bulk_insert_with_options(table, columns, options, &[])
            .await?;
        for row in rows {
            load.send(row).await?;
        }
        Ok(load.finalize().await?.total())
    }
}
