//! A store on a redis server.

use std::time::Duration;

use redis::aio::{ConnectionLike, ConnectionManager, ConnectionManagerConfig, MultiplexedConnection};
use redis::{AsyncConnectionConfig, Client, Cmd, FromRedisValue, RedisResult};
use value_store::{Bytes, Error, GetValueResult, Options, PeerId, ValueStore, async_trait};

/// A store on a redis server, over a connection. Clones share the connection.
#[derive(Clone)]
pub(crate) struct RedisStore<C> {
    connection: C,
    peer_id: PeerId,
}

impl RedisStore<MultiplexedConnection> {
    /// Over one connection, which carries the calls in their order. When it breaks, so does the store.
    pub(crate) async fn connect(client: &Client) -> RedisResult<Self> {
        // No default timeouts: in a test, all calls may be late because the machine is busy.
        let config = AsyncConnectionConfig::new().set_connection_timeout(None).set_response_timeout(None);
        let connection = client.get_multiplexed_async_connection_with_config(&config).await?;
        Ok(Self { connection, peer_id: PeerId::random() })
    }
}

impl RedisStore<ConnectionManager> {
    /// Over a connection that is made anew when it breaks.
    pub(crate) async fn reconnecting(client: Client) -> RedisResult<Self> {
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(None)
            .set_response_timeout(None)
            .set_max_delay(Duration::from_millis(100));
        Ok(Self { connection: client.get_connection_manager_with_config(config).await?, peer_id: PeerId::random() })
    }
}

impl<C: ConnectionLike + Clone> RedisStore<C> {
    pub(crate) fn peer_id(&self) -> PeerId {
        self.peer_id
    }

    async fn ask<T: FromRedisValue>(&self, command: &Cmd, options: &Options) -> Result<T, Error> {
        let mut connection = self.connection.clone();
        let answer = command.query_async(&mut connection);
        let answer = match options.timeout() {
            Some(timeout) => tokio::time::timeout(timeout, answer).await.map_err(|_| Error::Timeout)?,
            None => answer.await,
        };
        answer.map_err(Error::backend)
    }
}

#[async_trait]
impl<C: ConnectionLike + Clone + Send + Sync> ValueStore for RedisStore<C> {
    async fn put(&self, key: &[u8], value: Bytes, options: &Options) -> Result<(), Error> {
        self.ask(&Cmd::set(key, &value[..]), options).await
    }

    async fn get(&self, key: &[u8], options: &Options) -> Result<GetValueResult, Error> {
        let value: Option<Vec<u8>> = self.ask(&Cmd::get(key), options).await?;
        let val = value.ok_or(Error::NotFound)?.into();
        Ok(GetValueResult { from: self.peer_id, val })
    }
}
