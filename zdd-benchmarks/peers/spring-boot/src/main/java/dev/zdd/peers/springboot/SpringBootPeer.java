package dev.zdd.peers.springboot;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.context.ApplicationContext;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestMethod;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/**
 * Spring Boot as its documentation recommends it: Tomcat, graceful shutdown (its default: "Graceful
 * Shutdown" in the reference), the probes of Actuator on the main port ("Kubernetes Probes"). What
 * else there is to set is in application.properties and in the rows.
 */
@SpringBootApplication
public class SpringBootPeer {
  /** 1 KiB, known to the load. */
  static final String ANSWER = "zero downtime..\n".repeat(64);

  /** Starts it; Spring's own hook ends it. */
  public static void main(String[] args) {
    SpringApplication.run(SpringBootPeer.class, args);
  }

  /** What the load asks for. */
  @RestController
  static class Shop {
    private final String port;
    private final String version;

    private final ApplicationContext context;

    Shop(
        @Value("${server.port}") String port,
        @Value("${version}") String version,
        ApplicationContext context) {
      this.context = context;
      this.port = port;
      this.version = version;
    }

    @RequestMapping(path = "/work", method = {RequestMethod.GET, RequestMethod.POST})
    ResponseEntity<String> work(
        @RequestParam("ms") int millis, @RequestBody(required = false) byte[] order)
        throws InterruptedException {
      Thread.sleep(millis);
      return answer(MediaType.TEXT_PLAIN, ANSWER);
    }

    @GetMapping("/orders")
    ResponseEntity<String> orders() {
      return answer(MediaType.APPLICATION_JSON, "{\"orders\":[]}\n");
    }

    @GetMapping("/checkout")
    ResponseEntity<String> checkout(@RequestParam("user") String user) {
      return answer(MediaType.APPLICATION_JSON, "{\"checkout\":\"old\"}\n");
    }

    /** Readiness turns false, and everything is served as before. */
    @PostMapping("/prestop")
    void preStop() {
      AvailabilityChangeEvent.publish(context, ReadinessState.REFUSING_TRAFFIC);
    }

    private ResponseEntity<String> answer(MediaType type, String body) {
      return ResponseEntity.ok()
          .header("X-Shop-Instance", port)
          .header("X-Shop-Version", version)
          .contentType(type)
          .body(body);
    }
  }
}
