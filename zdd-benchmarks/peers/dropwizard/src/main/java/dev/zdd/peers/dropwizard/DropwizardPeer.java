package dev.zdd.peers.dropwizard;

import com.codahale.metrics.health.HealthCheck;
import io.dropwizard.configuration.ResourceConfigurationSourceProvider;
import io.dropwizard.configuration.SubstitutingSourceProvider;
import io.dropwizard.core.Application;
import io.dropwizard.core.Configuration;
import io.dropwizard.core.setup.Bootstrap;
import io.dropwizard.core.setup.Environment;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.Map;
import org.apache.commons.text.StringSubstitutor;

/**
 * Dropwizard with its health module on the application's port. All settings are in config.yml, and
 * what differs between the rows comes from the command line.
 */
public final class DropwizardPeer extends Application<Configuration> {
  /** 1 KiB, known to the load. */
  static final String ANSWER = "zero downtime..\n".repeat(64);

  private final Map<String, String> settings;

  private DropwizardPeer(Map<String, String> settings) {
    this.settings = settings;
  }

  /** Arguments: port, version, whether the shutdown is delayed, for how long. */
  public static void main(String[] args) throws Exception {
    Map<String, String> settings =
        Map.of("PORT", args[0], "VERSION", args[1], "DELAYED", args[2], "WAIT", args[3]);
    new DropwizardPeer(settings).run("server", "config.yml");
  }

  @Override
  public void initialize(Bootstrap<Configuration> bootstrap) {
    bootstrap.setConfigurationSourceProvider(
        new SubstitutingSourceProvider(
            new ResourceConfigurationSourceProvider(), new StringSubstitutor(settings)));
  }

  @Override
  public void run(Configuration configuration, Environment environment) {
    environment
        .healthChecks()
        .register(
            "self",
            new HealthCheck() {
              @Override
              protected Result check() {
                return Result.healthy();
              }
            });
    environment.jersey().register(new Shop(settings.get("PORT"), settings.get("VERSION")));
  }

  /** What the load asks for. */
  @Path("/")
  public static final class Shop {
    private final String port;
    private final String version;

    Shop(String port, String version) {
      this.port = port;
      this.version = version;
    }

    @GET
    @Path("work")
    public Response work(@QueryParam("ms") int millis) throws InterruptedException {
      Thread.sleep(millis);
      return answer(MediaType.TEXT_PLAIN, ANSWER);
    }

    @POST
    @Path("work")
    public Response work(@QueryParam("ms") int millis, byte[] order) throws InterruptedException {
      return work(millis);
    }

    @GET
    @Path("orders")
    public Response orders() {
      return answer(MediaType.APPLICATION_JSON, "{\"orders\":[]}\n");
    }

    @GET
    @Path("checkout")
    public Response checkout(@QueryParam("user") String user) {
      return answer(MediaType.APPLICATION_JSON, "{\"checkout\":\"old\"}\n");
    }

    private Response answer(String type, String body) {
      return Response.ok(body, type)
          .header("X-Shop-Instance", port)
          .header("X-Shop-Version", version)
          .build();
    }
  }
}
