package dev.zdd.peers.dropwizard;

import com.codahale.metrics.health.HealthCheck;
import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.dropwizard.configuration.ResourceConfigurationSourceProvider;
import io.dropwizard.configuration.SubstitutingSourceProvider;
import io.dropwizard.core.Application;
import io.dropwizard.core.Configuration;
import io.dropwizard.core.setup.Bootstrap;
import io.dropwizard.core.setup.Environment;
import java.sql.Connection;
import java.util.Map;
import org.apache.commons.text.StringSubstitutor;

/** Dropwizard with its health module on the application's port; all else is in config.yml. */
public final class DropwizardHealth extends Application<Configuration> {
  private final String port;
  private final String jdbcUrl;

  private DropwizardHealth(String port, String jdbcUrl) {
    this.port = port;
    this.jdbcUrl = jdbcUrl;
  }

  /** Arguments: the port, the JDBC URL. */
  public static void main(String[] args) throws Exception {
    new DropwizardHealth(args[0], args[1]).run("server", "config.yml");
  }

  @Override
  public void initialize(Bootstrap<Configuration> bootstrap) {
    bootstrap.setConfigurationSourceProvider(
        new SubstitutingSourceProvider(
            new ResourceConfigurationSourceProvider(), new StringSubstitutor(Map.of("PORT", port))));
  }

  @Override
  public void run(Configuration configuration, Environment environment) {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(jdbcUrl);
    HikariDataSource pool = new HikariDataSource(config);
    environment
        .healthChecks()
        .register(
            "db",
            new HealthCheck() {
              @Override
              protected Result check() throws Exception {
                try (Connection connection = pool.getConnection()) {
                  return connection.isValid(1) ? Result.healthy() : Result.unhealthy("not valid");
                }
              }
            });
  }
}
