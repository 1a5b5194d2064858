package dev.zdd.peers.armeria;

import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.server.Server;
import com.linecorp.armeria.server.healthcheck.HealthCheckService;
import java.net.InetSocketAddress;
import java.time.Duration;

/**
 * Armeria with a graceful shutdown (off unless asked for) and its health check service, which turns
 * unhealthy as the shutdown begins; while it is quiet for less than the quiet period everything is
 * still served.
 */
public final class ArmeriaPeer {
  /** 1 KiB, known to the load. */
  static final String ANSWER = "zero downtime..\n".repeat(64);

  private ArmeriaPeer() {}

  /** Arguments: port, version, the quiet period and the timeout, both as {@code 1500ms}. */
  public static void main(String[] args) {
    ResponseHeaders headers =
        ResponseHeaders.builder(HttpStatus.OK)
            .add("X-Shop-Instance", args[0])
            .add("X-Shop-Version", args[1])
            .build();
    Server server =
        Server.builder()
            .http(new InetSocketAddress("127.0.0.1", Integer.parseInt(args[0])))
            .gracefulShutdownTimeout(millis(args[2]), millis(args[3]))
            .service(
                "/work",
                (context, request) ->
                    HttpResponse.of(
                        request
                            .aggregate()
                            .thenApply(
                                whole ->
                                    HttpResponse.delayed(
                                        HttpResponse.of(headers, HttpData.ofUtf8(ANSWER)),
                                        Duration.ofMillis(
                                            Integer.parseInt(context.queryParam("ms")))))))
            .service(
                "/orders",
                (context, request) ->
                    HttpResponse.of(headers, HttpData.ofUtf8("{\"orders\":[]}\n")))
            .service(
                "/checkout",
                (context, request) ->
                    HttpResponse.of(headers, HttpData.ofUtf8("{\"checkout\":\"old\"}\n")))
            .service("/ready", HealthCheckService.of())
            .build();
    server.closeOnJvmShutdown();
    server.start().join();
  }

  private static Duration millis(String text) {
    return Duration.ofMillis(Long.parseLong(text.replace("ms", "")));
  }
}
