package dev.zdd.examples.readme;

import com.zaxxer.hikari.HikariDataSource;
import dev.zdd.core.Lifecycle;
import dev.zdd.health.Health;
import dev.zdd.health.HikariCheck;
import dev.zdd.netty.EndpointHandler;
import dev.zdd.netty.NettyDrain;
import dev.zdd.shutdown.GracefulShutdown;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.handler.codec.http.HttpServerCodec;
import java.util.function.Supplier;

/** The README's quick start for Netty, compiled and run. */
final class QuickStartOnNetty {
  private QuickStartOnNetty() {}

  static GracefulShutdown start(
      ServerBootstrap bootstrap,
      int port,
      Supplier<ChannelHandler> application,
      HikariDataSource dataSource)
      throws Exception {
    // spotless:off
    // README: Netty
    Lifecycle lifecycle = new Lifecycle();
    Health health = Health.builder(lifecycle).readiness("orders-db", HikariCheck.of(dataSource)).start();
    EndpointHandler probes = EndpointHandler.of(health.endpoint(), "/healthz", "/ready", "/startup");
    NettyDrain drain = NettyDrain.of(lifecycle);
    bootstrap.childHandler(new ChannelInitializer<Channel>() {
      @Override protected void initChannel(Channel channel) {
        channel.pipeline().addLast(new HttpServerCodec(), drain.connectionHandler(), probes, application.get());
      }
    });
    drain.listener(bootstrap.bind(port).sync().channel());
    GracefulShutdown shutdown = GracefulShutdown.builder(lifecycle)   // SIGTERM drains from here on
        .server(drain).close("orders-db", dataSource).install();
    lifecycle.ready();
    // README: end
    // spotless:on
    return shutdown;
  }
}
