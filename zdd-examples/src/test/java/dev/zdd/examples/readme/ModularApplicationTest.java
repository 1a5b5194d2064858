package dev.zdd.examples.readme;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import dev.zdd.core.Lifecycle;
import dev.zdd.flags.Flags;
import dev.zdd.health.Health;
import dev.zdd.servlet.EndpointServlet;
import dev.zdd.shutdown.GracefulShutdown;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.servlet.Servlet;
import java.io.File;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;

/** A modular application that uses zdd, and none of what is optional: no HikariCP, no Jetty. */
class ModularApplicationTest {
  @TempDir Path directory;

  @Test
  void compilesWithoutWhatIsOptional() throws Exception {
    Path module =
        Files.writeString(
            directory.resolve("module-info.java"),
            "module app { requires dev.zdd.health; requires dev.zdd.shutdown;"
                + " requires dev.zdd.flags; requires dev.zdd.servlet; }");
    Path main =
        Files.writeString(
            Files.createDirectory(directory.resolve("app")).resolve("App.java"),
            """
            package app;
            class App {
              void start(dev.zdd.core.Lifecycle lifecycle) {
                dev.zdd.health.Health health = dev.zdd.health.Health.builder(lifecycle)
                    .readiness("db", () -> dev.zdd.health.HealthResult.up())
                    .start();
                dev.zdd.shutdown.GracefulShutdown.builder(lifecycle).close("health", health).build();
                dev.zdd.servlet.EndpointServlet.of(health.endpoint());
                dev.zdd.flags.Flags.of(dev.zdd.flags.MemoryFlagSource.of());
              }
            }
            """);
    String path =
        Stream.of(
                Lifecycle.class,
                Health.class,
                GracefulShutdown.class,
                Flags.class,
                EndpointServlet.class,
                Logger.class,
                JsonFactory.class,
                MeterRegistry.class,
                Servlet.class,
                NullMarked.class)
            .map(type -> type.getProtectionDomain().getCodeSource().getLocation().getPath())
            .collect(Collectors.joining(File.pathSeparator));
    StringWriter said = new StringWriter();
    PrintWriter to = new PrintWriter(said, true);

    List<String> arguments =
        List.of("-p", path, "-d", directory.toString(), module.toString(), main.toString());
    int code =
        ToolProvider.findFirst("javac").orElseThrow().run(to, to, arguments.toArray(String[]::new));

    assertThat(code).as(said.toString()).isZero();
  }
}
