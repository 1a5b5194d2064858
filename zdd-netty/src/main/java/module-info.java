/**
 * zdd in a Netty server: endpoints, requests in flight, and a drain that closes no connection under
 * a request.
 */
module dev.zdd.netty {
  requires transitive dev.zdd.core;
  requires io.netty.buffer;
  requires transitive io.netty.codec.http;
  requires io.netty.codec;
  requires io.netty.common;
  requires io.netty.handler;
  requires static io.netty.codec.http2;
  requires transitive io.netty.transport;
  requires static io.netty.transport.classes.epoll;
  requires static io.netty.transport.unix.common;
  requires org.slf4j;
  requires static transitive org.jspecify;

  exports dev.zdd.netty;
}
