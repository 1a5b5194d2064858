package dev.zdd.examples;

import dev.zdd.testing.FreePort;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A real PostgreSQL that can be frozen, killed and started again on the same port and data. */
public final class PostgresServer implements AutoCloseable {
  private final Path data;
  private EmbeddedPostgres postgres;

  /** Starts one that keeps its data below {@code directory}. */
  public PostgresServer(Path directory) throws IOException {
    this.data = directory.resolve("postgres");
    this.postgres = builder().setPort(FreePort.next()).start();
  }

  private EmbeddedPostgres.Builder builder() {
    return EmbeddedPostgres.builder()
        .setDataDirectory(data)
        .setCleanDataDirectory(false)
        .setRegisterShutdownHook(false);
  }

  public String jdbcUrl() {
    // By address: a name would be one dependency more.
    return postgres.getJdbcUrl("postgres", "postgres").replace("localhost", "127.0.0.1");
  }

  /** The postmaster and everything that it has started: a backend serves on without its parent. */
  public ProcessTree processes() throws IOException {
    String pid = Files.readAllLines(data.resolve("postmaster.pid")).get(0).strip();
    return new ProcessTree(ProcessHandle.of(Long.parseLong(pid)).orElseThrow());
  }

  /** Starts it again after it was killed; or stops it, and starts it, if it runs. */
  public void restart() throws IOException {
    int port = postgres.getPort();
    postgres.close(); // also lets go of its lock
    postgres = builder().setPort(port).start();
  }

  @Override
  public void close() throws IOException {
    postgres.close();
  }
}
