package dev.zdd.examples.demo;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;

/** Asks one instance's {@code /ready}, as a balancer's health check does. */
final class ReadyProbe {
  /** Of a balancer: an instance that goes waits until it has been told. */
  static final ReadyProbe OF_BALANCER = new ReadyProbe("zdd-demo-balancer");

  /** Of the deployment, which sends no traffic: instances are told not to wait for it. */
  static final ReadyProbe OF_DEPLOYMENT = new ReadyProbe("zdd-demo-deployment");

  // Generous: on a busy machine a slow answer is no "no".
  private static final Duration TIMEOUT = Duration.ofSeconds(2);
  private static final HttpClient CLIENT =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(TIMEOUT).build();

  private final String userAgent;

  private ReadyProbe(String userAgent) {
    this.userAgent = userAgent;
  }

  String userAgent() {
    return userAgent;
  }

  boolean isReady(int port) {
    try {
      HttpRequest request =
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/ready"))
              .timeout(TIMEOUT)
              .header("User-Agent", userAgent)
              .build();
      return CLIENT.send(request, BodyHandlers.discarding()).statusCode() == 200;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
