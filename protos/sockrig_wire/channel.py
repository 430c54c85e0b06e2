"""Options that both ends of every gRPC connection share, so that they agree on keepalive, size and proxies.

The server's minimum ping interval stays strictly below the client's ping interval, or the server would answer
keepalives with GOAWAY (grpc/doc/keepalive.md).
"""

MAX_MESSAGE_BYTES = 1024 * 1024
"""Largest message either end takes."""

MAX_DATA_BYTES = 256 * 1024
"""Largest piece of a user's data that one message carries."""

_KEEPALIVE_MILLISECONDS = 10_000
_KEEPALIVE_TIMEOUT_MILLISECONDS = 5_000
_SERVER_MINIMUM_PING_MILLISECONDS = 5_000

_CONNECT_MILLISECONDS = 2_000
"""For one attempt, handshake included (gRPC knows it as the least time to the next one). A controller that begins to
dial many agents at once, on a busy machine, is deaf for longer than a tenth of a second."""

ChannelOptions = tuple[tuple[str, int], ...]

_COMMON: ChannelOptions = (
    ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
    ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
    ("grpc.http2.max_pings_without_data", 0),
    ("grpc.keepalive_time_ms", _KEEPALIVE_MILLISECONDS),
    ("grpc.keepalive_timeout_ms", _KEEPALIVE_TIMEOUT_MILLISECONDS),
    ("grpc.keepalive_permit_without_calls", 1),
)

CLIENT_OPTIONS: ChannelOptions = (
    *_COMMON,
    ("grpc.enable_http_proxy", 0),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", _CONNECT_MILLISECONDS),
    ("grpc.max_reconnect_backoff_ms", 5_000),
    ("grpc.use_local_subchannel_pool", 1),
)

SERVER_OPTIONS: ChannelOptions = (
    *_COMMON,
    ("grpc.so_reuseport", 0),
    ("grpc.http2.min_ping_interval_without_data_ms", _SERVER_MINIMUM_PING_MILLISECONDS),
    ("grpc.http2.min_recv_ping_interval_without_data_ms", _SERVER_MINIMUM_PING_MILLISECONDS),
)
