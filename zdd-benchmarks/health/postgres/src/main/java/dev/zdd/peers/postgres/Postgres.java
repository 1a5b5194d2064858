package dev.zdd.peers.postgres;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;

/** The database that everybody's readiness depends on. */
public final class Postgres {
  private Postgres() {}

  /** Prints the JDBC URL, and runs until it is killed. */
  public static void main(String[] args) throws Exception {
    EmbeddedPostgres postgres = EmbeddedPostgres.builder().start();
    System.out.println(postgres.getJdbcUrl("postgres", "postgres"));
    Thread.currentThread().join();
  }
}
