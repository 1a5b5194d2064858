package dev.zdd.examples.readme;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.zdd.flags.FileFlagSource;
import dev.zdd.health.CheckOptions;
import dev.zdd.health.Health;
import dev.zdd.shutdown.GracefulShutdown;
import dev.zdd.testing.FreePort;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.lang.reflect.Method;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.ee11.servlet.ServletContextHandler;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the README shows is what is compiled here, and it does what the README says. */
@Timeout(120)
class QuickStartTest {
  private static EmbeddedPostgres postgres;

  @BeforeAll
  static void startPostgres() throws IOException {
    postgres = EmbeddedPostgres.builder().setPort(FreePort.next()).start();
  }

  @AfterAll
  static void stopPostgres() throws IOException {
    postgres.close();
  }

  private static HikariDataSource dataSource() {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(postgres.getJdbcUrl("postgres", "postgres"));
    config.setMaximumPoolSize(2);
    return new HikariDataSource(config);
  }

  @Test
  void theServletQuickStartAnswersItsProbesAndDrains() throws Exception {
    Server server = new Server();
    ServerConnector connector = new ServerConnector(server);
    connector.setHost("127.0.0.1");
    server.addConnector(connector);
    ServletContextHandler context = new ServletContextHandler("/");
    server.setHandler(context);
    HikariDataSource dataSource = dataSource();

    try (GracefulShutdown shutdown = QuickStartOnJetty.start(server, context, dataSource)) {
      answersItsProbes(connector.getLocalPort());
      assertThat(shutdown.shutdown("test").get(40, TimeUnit.SECONDS).clean()).isTrue();
      assertThat(dataSource.isClosed()).isTrue();
    }
  }

  @Test
  void theNettyQuickStartAnswersItsProbesAndDrains() throws Exception {
    EventLoopGroup loops = new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory());
    HikariDataSource dataSource = dataSource();
    int port = FreePort.next();
    ServerBootstrap bootstrap =
        new ServerBootstrap().group(loops).channel(NioServerSocketChannel.class);

    try (GracefulShutdown shutdown =
        QuickStartOnNetty.start(bootstrap, port, ChannelInboundHandlerAdapter::new, dataSource)) {
      answersItsProbes(port);
      assertThat(shutdown.shutdown("test").get(40, TimeUnit.SECONDS).clean()).isTrue();
      assertThat(dataSource.isClosed()).isTrue();
    } finally {
      loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
  }

  @Test
  void theReadmeShowsExactlyWhatIsCompiledHere() throws IOException {
    String readme = Files.readString(Path.of("..", "README.md"));
    assertThat(readme).contains("```java\n" + region("QuickStartOnJetty", "Jetty") + "```");
    assertThat(readme).contains("```java\n" + region("QuickStartOnNetty", "Netty") + "```");
  }

  @ParameterizedTest
  @ValueSource(
      classes = {
        GracefulShutdown.Builder.class,
        Health.Builder.class,
        CheckOptions.class,
        FileFlagSource.Builder.class
      })
  void theReadmeHasEverySetting(Class<?> settings) throws IOException {
    String readme = Files.readString(Path.of("..", "README.md"));
    List<String> names =
        Arrays.stream(settings.getMethods())
            .filter(method -> method.getReturnType() == settings)
            .map(Method::getName)
            .distinct()
            .toList();
    assertThat(names)
        .isNotEmpty()
        .allSatisfy(name -> assertThat(readme).contains("`" + name + "`"));
  }

  private static String region(String type, String name) throws IOException {
    Path file = Path.of("src/test/java/dev/zdd/examples/readme", type + ".java");
    String source = Files.readString(file);
    String begin = "    // README: " + name + "\n";
    int from = source.indexOf(begin) + begin.length();
    return source.substring(from, source.indexOf("    // README: end")).indent(-4);
  }

  private static void answersItsProbes(int port) {
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> assertThat(status(port, "/ready")).isEqualTo(200));
    assertThat(status(port, "/healthz")).isEqualTo(200);
    assertThat(status(port, "/startup")).isEqualTo(200);
    assertThat(status(port, "/ready/orders-db")).isEqualTo(200);
  }

  private static int status(int port, String path) {
    try {
      return HttpClient.newHttpClient()
          .send(
              HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                  .timeout(Duration.ofSeconds(5))
                  .build(),
              HttpResponse.BodyHandlers.ofString())
          .statusCode();
    } catch (IOException e) {
      return -1;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return -1;
    }
  }
}
