package dev.zdd.examples.page;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/** One tab: what it shows, what it asked for, and what it complained about. */
final class Tab {
  private final Chromium chromium;
  private final String session;
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final List<String> complaints = new CopyOnWriteArrayList<>();

  Tab(Chromium chromium, String session) throws Exception {
    this.chromium = chromium;
    this.session = session;
    chromium.onEvent(session, this::heard);
    for (String domain : List.of("Page", "Runtime", "Network", "Log")) {
      send(domain + ".enable", Map.of());
    }
  }

  private void heard(String method, Map<String, Object> event) {
    switch (method) {
      case "Network.requestWillBeSent" ->
          requests.add(String.valueOf(Chromium.object(event, "request").get("url")));
      case "Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown" ->
          complaints.add(method + " " + event);
      default -> {}
    }
  }

  /** A window of this size, and what its owner prefers. */
  Tab like(int width, int height, String colours) throws Exception {
    send(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", width < 600));
    send(
        "Emulation.setEmulatedMedia",
        Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", colours))));
    return this;
  }

  Tab javaScript(boolean on) throws Exception {
    send("Emulation.setScriptExecutionDisabled", Map.of("value", !on));
    return this;
  }

  /** Goes there, and waits until it is loaded. */
  Tab open(String url) throws Exception {
    requests.clear();
    complaints.clear();
    send("Page.navigate", Map.of("url", url));
    until("document.readyState === 'complete' && location.href === '" + url + "'");
    return this;
  }

  /** Waits until an expression is true. */
  void until(String expression) {
    await()
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofMillis(50))
        .until(() -> Boolean.TRUE.equals(eval(expression)));
  }

  /** The value of an expression, in the page's world; also where the page's own scripts are off. */
  Object eval(String expression) throws Exception {
    Map<String, Object> answer =
        send("Runtime.evaluate", Map.of("expression", expression, "returnByValue", true));
    if (answer.containsKey("exceptionDetails")) {
      throw new IllegalStateException(expression + ": " + answer.get("exceptionDetails"));
    }
    return Chromium.object(answer, "result").getOrDefault("value", "");
  }

  /** The text that is there, whether it is open or not. */
  String text(String selector) throws Exception {
    return (String) eval("document.querySelector('" + selector + "').textContent");
  }

  /** The whole page as a picture. */
  void screenshot(Path file) throws Exception {
    write(file, send("Page.captureScreenshot", Map.of("captureBeyondViewport", true)));
  }

  /** What is seen of it at first. */
  void screenshotOfTheWindow(Path file) throws Exception {
    write(file, send("Page.captureScreenshot", Map.of()));
  }

  private static void write(Path file, Map<String, Object> picture) throws IOException {
    Files.createDirectories(file.getParent());
    Files.write(file, Base64.getDecoder().decode(picture.get("data").toString()));
    System.out.println("screenshot: " + file.toAbsolutePath());
  }

  List<String> requests() {
    return requests;
  }

  List<String> complaints() {
    return complaints;
  }

  private Map<String, Object> send(String method, Map<String, ?> params) throws Exception {
    return chromium.send(session, method, params);
  }
}
