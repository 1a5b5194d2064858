package dev.zdd.examples.shop;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.zdd.examples.Refusal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.eclipse.jetty.client.ContentResponse;
import org.eclipse.jetty.client.FormRequestContent;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.http2.client.HTTP2Client;
import org.eclipse.jetty.http2.client.transport.HttpClientTransportOverHTTP2;
import org.eclipse.jetty.util.Fields;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/** The shop's flag, from the file to the answer, and changed on its page, on each server. */
@Timeout(60)
class ShopFlagsTest {
  private static final String OFF = "{\"flags\":{\"new-checkout\":{\"enabled\":false}}}";
  private static final String FLAG = "/flags?flag=new-checkout";
  private static final String LOGIN = basic("alice:correct horse battery");
  private static final Pattern HIDDEN =
      Pattern.compile("<input type=\"hidden\" name=\"([^\"]*)\" value=\"([^\"]*)\">");

  @TempDir private Path directory;

  static Stream<Arguments> servers() {
    List<Arguments> servers = new ArrayList<>();
    for (ServerKind server : ServerKind.values()) {
      servers.add(Arguments.of(server, HttpVersion.HTTP_1_1));
      if (server.speaksHttp2()) {
        servers.add(Arguments.of(server, HttpVersion.HTTP_2));
      }
    }
    return servers.stream();
  }

  @ParameterizedTest
  @Execution(ExecutionMode.CONCURRENT)
  @MethodSource("servers")
  void aChangeOnThePageIsInTheFileAndInTheShopsAnswers(ServerKind server, HttpVersion version)
      throws Exception {
    Path flags = write("flags.json", OFF);
    Path password = write("administrator", "alice:correct horse battery\n");
    try (Shopper anyone = start(server, version, "--flags=" + flags, "--flags-admin=" + password)) {
      Shopper alice = anyone.with(LOGIN);
      assertThat(anyone.get("/checkout?user=7").getContentAsString()).contains("\"old\"");
      assertThat(anyone.get("/status").getContentAsString())
          .contains("new-checkout")
          .doesNotContain("flag=new-checkout");
      assertThat(alice.get("/status").getContentAsString())
          .contains("href=\"./flags?flag=new-checkout\"");
      ContentResponse page = alice.get(FLAG);
      assertThat(page.getStatus()).isEqualTo(200);
      assertThat(page.getVersion()).isEqualTo(version);
      Fields form = form(page.getContentAsString());

      for (Shopper other : List.of(anyone, anyone.with(basic("alice:correct horse battery?")))) {
        ContentResponse refused = other.post(FLAG, form);
        assertThat(refused.getStatus()).isEqualTo(401);
        assertThat(refused.getHeaders().get("WWW-Authenticate")).startsWith("Basic realm=");
      }
      assertThat(Files.readString(flags)).isEqualTo(OFF);
      ContentResponse changed = alice.post(FLAG, form);

      assertThat(changed.getStatus()).as(changed.getContentAsString()).isEqualTo(303);
      assertThat(changed.getHeaders().get("Location")).isEqualTo("?flag=new-checkout&done=1");
      assertThat(Files.readString(flags)).contains("\"enabled\": true");
      await()
          .untilAsserted(() ->
              assertThat(anyone.get("/checkout?user=7").getContentAsString()).contains("\"new\""));
      assertThat(alice.post(FLAG, form).getStatus()).isEqualTo(409);
    }
  }

  @Test
  void nobodyChangesFlagsUnlessTheShopIsToldWhoMay() throws Exception {
    Path flags = write("flags.json", OFF);
    try (Shopper alice =
        start(ServerKind.JETTY, HttpVersion.HTTP_1_1, "--flags=" + flags).with(LOGIN)) {
      assertThat(alice.get("/flags").getStatus()).isEqualTo(404);
      assertThat(alice.post(FLAG, new Fields()).getStatus()).isBetween(400, 499);
      assertThat(alice.get("/status").getContentAsString())
          .contains("new-checkout")
          .doesNotContain("flag=new-checkout");
    }
  }

  @Test
  void refusesAFileThatNamesNobodyOrNotOneOnlyAndDoesNotRepeatIt() throws Exception {
    for (String text :
        List.of(
            "",
            "alice:secret pass",
            "al ice:a long secret",
            "alice",
            "alice:a long secret\nbob:another secret")) {
      Path file = write("administrator", text);
      assertThatThrownBy(() -> Administrator.in(file))
          .as(text)
          .isInstanceOf(Refusal.class)
          .hasMessageContaining("--flags-admin: " + file + " (expected: one line, NAME:PASSWORD")
          .hasMessageNotContaining("secre");
    }
    Path missing = directory.resolve("missing");
    assertThatThrownBy(() -> Administrator.in(missing))
        .isInstanceOf(Refusal.class)
        .hasMessageContaining("--flags-admin: cannot be read");
    assertThatThrownBy(() ->
            CommandLine.populateCommand(new Serve(), "--port=0", "--flags-admin=" + missing)
                .start())
        .isInstanceOf(Refusal.class)
        .hasMessageContaining("--flags-admin: without --flags");
  }

  private Path write(String name, String text) throws Exception {
    return Files.writeString(directory.resolve(name), text);
  }

  private static String basic(String credentials) {
    return "Basic " + Base64.getEncoder().encodeToString(credentials.getBytes(UTF_8));
  }

  /** What a browser would send of the first form, and why. */
  private static Fields form(String html) {
    Fields fields = new Fields();
    String first = html.substring(html.indexOf("<form"), html.indexOf("</form>"));
    for (Matcher hidden = HIDDEN.matcher(first); hidden.find(); ) {
      fields.add(hidden.group(1), hidden.group(2));
    }
    fields.add("why", "it is ready");
    return fields;
  }

  private static Shopper start(ServerKind server, HttpVersion version, String... more)
      throws Exception {
    List<String> arguments =
        new ArrayList<>(List.of("--no-drain", "--announce=PT0S", "--port=0", "--server=" + server));
    if (version == HttpVersion.HTTP_2) {
      arguments.add("--http2");
    }
    arguments.addAll(List.of(more));
    Serve.Running shop =
        CommandLine.populateCommand(new Serve(), arguments.toArray(String[]::new)).start();
    HttpClient client =
        version == HttpVersion.HTTP_2
            ? new HttpClient(new HttpClientTransportOverHTTP2(new HTTP2Client()))
            : new HttpClient();
    client.setFollowRedirects(false);
    client.start();
    return new Shopper(shop, client, "");
  }

  /** Sends what a browser sends. */
  private record Shopper(Serve.Running shop, HttpClient client, String login)
      implements AutoCloseable {
    Shopper with(String other) {
      return new Shopper(shop, client, other);
    }

    ContentResponse get(String target) throws Exception {
      return send(client.newRequest(origin() + target));
    }

    ContentResponse post(String target, Fields form) throws Exception {
      return send(
          client
              .POST(origin() + target)
              .headers(headers -> headers.put("Origin", origin()))
              .body(new FormRequestContent(form)));
    }

    private ContentResponse send(Request request) throws Exception {
      return request
          .headers(headers -> {
            if (!login.isEmpty()) {
              headers.put("Authorization", login);
            }
          })
          .timeout(20, SECONDS)
          .send();
    }

    private String origin() {
      return "http://127.0.0.1:" + shop.port();
    }

    /** First the client: then the shop has nothing to wait for. */
    @Override
    public void close() throws Exception {
      client.stop();
      assertThat(shop.shutdown().shutdown("test").get(20, SECONDS).clean()).isTrue();
    }
  }
}
