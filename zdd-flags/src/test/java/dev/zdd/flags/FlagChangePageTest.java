package dev.zdd.flags;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.zdd.core.http.BodyReader;
import dev.zdd.core.http.EndpointRequest;
import dev.zdd.core.http.EndpointResponse;
import dev.zdd.core.page.Content;
import dev.zdd.core.page.Entries;
import dev.zdd.core.page.Link;
import java.io.IOException;
import java.net.URLEncoder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class FlagChangePageTest {
  private static final String KEY = "new-checkout";
  private static final String EVIL = "<script>alert('x')</script>\"&";
  private static final Pattern HIDDEN =
      Pattern.compile("<input type=\"hidden\" name=\"([^\"]*)\" value=\"([^\"]*)\">");

  private final List<FlagAudit> told = new ArrayList<>();
  private final MemoryFlagSource store =
      MemoryFlagSource.of(
          FlagDefinition.builder(KEY).enabled(true).percentage("10").owner("team a").build(),
          FlagDefinition.builder("off").build(),
          FlagDefinition.builder(EVIL).owner(EVIL).build());
  private final FlagAdmin admin = FlagAdmin.of(store, told::add);
  private final FlagChangePage page =
      FlagChangePage.at("/flags", admin, request -> request.header("X-User"));

  /** A request of alice's from the page itself, unless it is told otherwise. */
  private record Asked(String method, String path, @Nullable String query, Map<String, String> more)
      implements EndpointRequest {
    Asked {
      Map<String, String> all = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
      all.put("X-User", "alice");
      all.put("Sec-Fetch-Site", "same-origin");
      all.put("Content-Type", "application/x-www-form-urlencoded");
      all.putAll(more);
      more = all;
    }

    static Asked get(@Nullable String query) {
      return new Asked("GET", "/flags", query, Map.of());
    }

    static Asked post(String key) {
      return new Asked("POST", "/flags", FlagChanges.query(key), Map.of());
    }

    Asked with(String header, String value) {
      Map<String, String> changed = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
      changed.putAll(more);
      changed.put(header, value);
      return new Asked(method, path, query, changed);
    }

    @Override
    public @Nullable String header(String name) {
      String value = more.get(name);
      return value == null || value.isEmpty() ? null : value; // "" in a test: not sent
    }

    @Override
    public @Nullable String remoteAddress() {
      return "127.0.0.1";
    }
  }

  // As an adapter that can answer later does it.
  private EndpointResponse answer(EndpointRequest request, String body) throws Exception {
    BodyReader reader = request.isRead() ? null : page.bodyReader(request);
    CompletableFuture<EndpointResponse> later =
        reader == null ? page.later(request) : reader.answer(body.getBytes(UTF_8));
    return later == null ? page.handle(request) : later.get(30, TimeUnit.SECONDS);
  }

  private String html(Asked request) throws Exception {
    return body(answer(request, ""));
  }

  private static String body(EndpointResponse response) {
    return new String(response.body(), UTF_8);
  }

  private static @Nullable String header(EndpointResponse response, String name) {
    return response.headers().stream()
        .filter(header -> header.name().equals(name))
        .map(EndpointResponse.Header::value)
        .findFirst()
        .orElse(null);
  }

  /** The hidden fields of the form with that button, as the browser would send them back. */
  private Map<String, String> form(String key, FlagChangeForm.Action action) throws Exception {
    String html = html(Asked.get(FlagChanges.query(key)));
    String one =
        Pattern.compile("<form .*?</form>", Pattern.DOTALL)
            .matcher(html)
            .results()
            .map(found -> found.group())
            .filter(form -> form.contains("value=\"" + action + "\""))
            .findFirst()
            .orElseThrow(() -> new AssertionError(action + " is not in " + html));
    Map<String, String> fields = new LinkedHashMap<>();
    for (Matcher hidden = HIDDEN.matcher(one); hidden.find(); ) {
      fields.put(hidden.group(1), hidden.group(2));
    }
    return fields;
  }

  private static String encoded(Map<String, String> fields, String... more) {
    Map<String, String> all = new LinkedHashMap<>(fields);
    for (int i = 0; i < more.length; i += 2) {
      all.put(more[i], more[i + 1]);
    }
    List<String> parts = new ArrayList<>();
    all.forEach((name, value) -> parts.add(name + "=" + URLEncoder.encode(value, UTF_8)));
    return String.join("&", parts);
  }

  private String turnOff() throws Exception {
    return encoded(form(KEY, FlagChangeForm.Action.OFF), "why", "errors");
  }

  private FlagDefinition flag() throws Exception {
    return admin.read().flag(KEY);
  }

  @Test
  void turnsAFlagOffWithWhoAndWhyAndSendsTheBrowserBackToIt() throws Exception {
    EndpointResponse response = answer(Asked.post(KEY), turnOff());

    assertThat(response.status()).isEqualTo(303);
    assertThat(header(response, "Location")).isEqualTo("?flag=new-checkout&done=2");
    assertThat(flag().enabled()).isFalse();
    assertThat(told).hasSize(1);
    assertThat(told.get(0).change()).isEqualTo(new FlagChange("alice", "errors"));
    assertThat(html(Asked.get("flag=new-checkout&done=2")))
        .contains("Written: the store holds version 2 now. It is off for everybody.");
    assertThat(html(Asked.get("flag=new-checkout&done=3"))).doesNotContain("Written");
  }

  @Test
  void turnsItOnAgainAndSetsThePercentageOfOneThatIsOff() throws Exception {
    answer(Asked.post(KEY), turnOff());
    String percentage =
        encoded(form(KEY, FlagChangeForm.Action.PERCENTAGE), "percentage", "0.5", "why", "slowly");
    assertThat(answer(Asked.post(KEY), percentage).status()).isEqualTo(303);
    String on = encoded(form(KEY, FlagChangeForm.Action.ON), "why", "it is mended");
    assertThat(answer(Asked.post(KEY), on).status()).isEqualTo(303);

    assertThat(flag().enabled()).isTrue();
    assertThat(flag().percentage()).isEqualTo(Percentage.parse("0.5"));
    assertThat(told).extracting(audit -> audit.change().why()).contains("slowly", "it is mended");
  }

  @Test
  void showsWhatTheFlagIs() throws Exception {
    FlagDefinition requiring =
        FlagDefinition.builder("requiring").requires(Requirement.on(KEY)).build();
    admin.define(requiring, admin.read().revision(), new FlagChange("bob", "new"));

    assertThat(html(Asked.get("flag=new-checkout")))
        .contains(fact("owner", "team a"), fact("type", "release"), fact("enabled", "yes"))
        .contains(fact("percentage", "10 %"), fact("rules", "0"), fact("you are", "alice"))
        .doesNotContain("<dt>requires</dt>");
    assertThat(html(Asked.get("flag=requiring")))
        .contains(fact("enabled", "no"), fact("percentage", "none"), fact("requires", KEY))
        .doesNotContain("<dt>owner</dt>");
  }

  private static String fact(String name, String value) {
    return "<dt>" + name + "</dt><dd>" + value + "</dd>";
  }

  @Test
  void offersTheSwitchThatMakesADifference() throws Exception {
    assertThat(html(Asked.get("flag=new-checkout")))
        .contains("and 10 % of all others.")
        .contains("<h3>Turn it off</h3>", "Off for everybody", "value=\"OFF\"", "Turn off")
        .doesNotContain("Turn it on", "value=\"ON\"", "Turn on", "The flag stays off.");
    assertThat(html(Asked.get("flag=off")))
        .contains("It is off for everybody.", "The flag stays off.")
        .contains("<h3>Turn it on</h3>", "On for those whom", "value=\"ON\"", "Turn on")
        .doesNotContain("Turn it off", "value=\"OFF\"", "Turn off");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "ten | a | percentage: &quot;ten&quot; (expected: 0 to 100 with at most 4 decimals, as 12.5)",
        "100.0001 | a | percentage: &quot;100.0001&quot; (expected: 0 to 100",
        "50 | '' | why: &quot;&quot; (expected: 1 to 1000 characters on one line",
        "50 | ' ' | why: &quot; &quot; (expected: 1 to 1000 characters"
      })
  void saysWhatIsWrongAndKeepsWhatWasTyped(String percentage, String why, String says)
      throws Exception {
    String form =
        encoded(form(KEY, FlagChangeForm.Action.PERCENTAGE), "percentage", percentage, "why", why);
    EndpointResponse response = answer(Asked.post(KEY), form);

    assertThat(response.status()).isEqualTo(400);
    assertThat(body(response))
        .contains(says, "Nothing was written.", "value=\"" + percentage + "\"")
        .contains("name=\"why\" maxlength=\"1000\" value=\"" + why + "\"");
    assertThat(flag().percentage()).isEqualTo(Percentage.parse("10"));
    assertThat(told).isEmpty();
  }

  @Test
  void aReasonOfTwoLinesIsRefused() throws Exception {
    String forged = encoded(form(KEY, FlagChangeForm.Action.OFF), "why", "a\nby \"bob\"");
    assertThat(answer(Asked.post(KEY), forged).status()).isEqualTo(400);
    assertThat(flag().enabled()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"action", "version", "epoch", "write", "why", "seen-digest"})
  void aFieldThatIsMissingIsNamed(String field) throws Exception {
    Map<String, String> fields = form(KEY, FlagChangeForm.Action.OFF);
    fields.put("why", "errors");
    fields.remove(field);
    EndpointResponse response = answer(Asked.post(KEY), encoded(fields));
    assertThat(response.status()).isEqualTo(400);
    assertThat(body(response)).contains(field + ": missing (expected:");
    assertThat(flag().enabled()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "'action', 'EXPLODE', 'action: &quot;EXPLODE&quot; (expected: OFF, ON or PERCENTAGE)'",
    "'version', 'x', 'version: &quot;x&quot; (expected: a whole number'",
    "'version', '-1', 'version: -1 (expected: &gt;= 0)'"
  })
  void aFieldThatWasTamperedWithIsNamed(String field, String value, String says) throws Exception {
    String form = encoded(form(KEY, FlagChangeForm.Action.OFF), "why", "errors", field, value);
    EndpointResponse response = answer(Asked.post(KEY), form);
    assertThat(response.status()).isEqualTo(400);
    assertThat(body(response)).contains(says);
    assertThat(flag().enabled()).isTrue();
  }

  @Test
  void whatIsNoFormIsRefused() throws Exception {
    assertThat(body(answer(Asked.post(KEY), "why=%zz"))).contains("% followed by two hexadecimal");
    assertThat(answer(new Asked("POST", "/flags", null, Map.of()), turnOff()).status())
        .isEqualTo(400);
    assertThat(flag().enabled()).isTrue();
  }

  @Test
  void inConflictSaysWhatHasBecomeOfTheFlagAndWritesNothing() throws Exception {
    String stale = turnOff();
    FlagChange bobs = new FlagChange("bob", "more");
    admin.setPercentage(KEY, Percentage.parse("25"), admin.read().revision(), bobs);

    EndpointResponse response = answer(Asked.post(KEY), stale);

    assertThat(response.status()).isEqualTo(409);
    assertThat(body(response))
        .contains("Nothing was written.", "to turn it off", "version 1", "version 2")
        .contains("<td>10 %</td><td>25 %</td>", "href=\"?flag=new-checkout\"");
    assertThat(flag().enabled()).isTrue();
    assertThat(told).hasSize(1);
  }

  @Test
  void inConflictSaysThatItIsOffByNow() throws Exception {
    String stale = turnOff();
    admin.setEnabled(KEY, false, admin.read().revision(), new FlagChange("bob", "faster"));

    assertThat(body(answer(Asked.post(KEY), stale))).contains("<td>yes</td><td>no</td>");
  }

  @Test
  void inConflictTellsAnotherFlagsChangeFromThisOnes() throws Exception {
    String stale = turnOff();
    FlagChange bobs = new FlagChange("bob", "b");
    admin.setEnabled("off", true, admin.read().revision(), bobs);
    assertThat(body(answer(Asked.post(KEY), stale))).contains("another one was changed");

    FlagDefinition ruled = flag().toBuilder().deny("mallory").build();
    admin.replace(ruled, admin.read().revision(), bobs);
    assertThat(body(answer(Asked.post(KEY), stale))).contains("in something else than its state");

    admin.retire(KEY, admin.read().revision(), bobs);
    EndpointResponse gone = answer(Asked.post(KEY), stale);
    assertThat(gone.status()).isEqualTo(409);
    assertThat(body(gone)).contains("not there any more");
    assertThat(html(Asked.get("flag=new-checkout"))).contains("is retired (expected:");
  }

  /** Another one writes between this one's look and its write. */
  @Test
  void aChangeThatTheStoreRefusesIsAConflictToo() throws Exception {
    String form = turnOff();
    FlagAdmin racing =
        FlagAdmin.of(
            new ForwardingStore(store) {
              @Override
              public FlagWrite write(FlagRevision expected, byte[] document) {
                store.set(FlagDefinition.builder(KEY).enabled(true).percentage("99").build());
                return super.write(expected, document);
              }
            });
    FlagChangePage raced = FlagChangePage.at("/flags", racing, request -> "alice");
    EndpointResponse response =
        raced.bodyReader(Asked.post(KEY)).answer(form.getBytes(UTF_8)).get(30, TimeUnit.SECONDS);
    assertThat(response.status()).isEqualTo(409);
    assertThat(body(response)).contains("<td>10 %</td><td>99 %</td>");
  }

  private static class ForwardingStore implements FlagStore {
    private final MemoryFlagSource to;

    ForwardingStore(MemoryFlagSource to) {
      this.to = to;
    }

    @Override
    public StoredFlags read() throws IOException {
      return to.read();
    }

    @Override
    public FlagWrite write(FlagRevision expected, byte[] document) {
      return to.write(expected, document);
    }

    @Override
    public void close() {}
  }

  @Test
  void saysWhenTheStoreDoesNotAnswerOrItIsNotKnownWhatItDid() throws Exception {
    String form = turnOff();
    FlagStore unsure =
        new ForwardingStore(store) {
          @Override
          public FlagWrite write(FlagRevision expected, byte[] document) {
            throw new IllegalStateException("on purpose");
          }

          @Override
          public StoredFlags read() throws IOException {
            throw new FlagWriteUnknownException("no reply within 1 s", null);
          }
        };
    FlagStore away =
        new ForwardingStore(store) {
          @Override
          public StoredFlags read() throws IOException {
            throw new IOException("connection refused");
          }
        };
    assertThat(body(posted(unsure, form, 504))).contains("not known whether", "no reply within");
    assertThat(body(posted(away, form, 503))).contains("Nothing was written: connection refused");
  }

  private static EndpointResponse posted(FlagStore store, String form, int status)
      throws Exception {
    FlagChangePage page = FlagChangePage.at("/flags", FlagAdmin.of(store), request -> "alice");
    EndpointResponse response =
        page.bodyReader(Asked.post(KEY)).answer(form.getBytes(UTF_8)).get(30, TimeUnit.SECONDS);
    assertThat(response.status()).isEqualTo(status);
    return response;
  }

  // ---- who may, and from where

  @ParameterizedTest
  @CsvSource({
    "same-origin, https://evil.example, shop.example, true", // the browser's word counts
    "cross-site, https://shop.example, shop.example, false",
    "same-site, https://shop.example, shop.example, false",
    "none, https://shop.example, shop.example, false",
    "'', http://shop.example:8080, shop.example:8080, true",
    "'', http://SHOP.example, shop.example, true",
    "'', http://shop.example.evil, shop.example, false",
    "'', http://evil.example, shop.example, false",
    "'', http://shop.example:8081, shop.example:8080, false",
    "'', null, shop.example, false",
    "'', null, null, false",
    "'', '', shop.example, false",
    "'', http://shop.example, '', false",
    "'', '', '', false"
  })
  void takesAFormOnlyFromItself(String site, String origin, String host, boolean taken)
      throws Exception {
    Asked request =
        Asked.post(KEY).with("Sec-Fetch-Site", site).with("Origin", origin).with("Host", host);
    EndpointResponse response = answer(request, turnOff());
    assertThat(response.status()).isEqualTo(taken ? 303 : 403);
    assertThat(flag().enabled()).isEqualTo(!taken);
  }

  @Test
  void whoMayNotSeesNothingAndChangesNothing() throws Exception {
    Asked look = Asked.get("flag=new-checkout").with("X-User", "");
    EndpointResponse refused = answer(look, "");
    assertThat(refused.status()).isEqualTo(403);
    assertThat(body(refused)).contains("You may not change flags here.").doesNotContain("team a");
    assertThat(answer(Asked.post(KEY).with("X-User", ""), turnOff()).status()).isEqualTo(403);
    assertThat(flag().enabled()).isTrue();

    FlagChangePage asks = page.challenging("Basic realm=\"flags\"");
    assertThat(asks.handle(look).status()).isEqualTo(401);
    assertThat(header(asks.handle(look), "WWW-Authenticate")).isEqualTo("Basic realm=\"flags\"");
  }

  @Test
  void anAuthorisationThatThrowsRefuses() {
    FlagChangePage broken =
        FlagChangePage.at(
            "/flags",
            admin,
            request -> {
              throw new IllegalStateException("on purpose");
            });
    assertThat(broken.later(Asked.get(null))).isNull();
    assertThat(broken.bodyReader(Asked.post(KEY))).isNull();
    assertThat(broken.handle(Asked.get(null)).status()).isEqualTo(403);
  }

  @Test
  void aNameThatTheAuditCannotTakeIsRefused() throws Exception {
    Asked request = Asked.post(KEY).with("X-User", "a".repeat(201));
    EndpointResponse response = answer(request, turnOff());
    assertThat(response.status()).isEqualTo(400);
    assertThat(body(response)).contains("who: ");
    assertThat(told).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"PUT", "DELETE", "OPTIONS", "PATCH", "post"})
  void takesNoOtherMethod(String method) throws Exception {
    EndpointResponse response =
        answer(new Asked(method, "/flags", FlagChanges.query(KEY), Map.of()), turnOff());
    assertThat(response.status()).isEqualTo(405);
    assertThat(header(response, "Allow")).isEqualTo("GET, HEAD, POST");
    assertThat(header(response, "Access-Control-Allow-Origin")).isNull();
    assertThat(flag().enabled()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"text/plain", "multipart/form-data; boundary=x", "application/json", ""})
  void takesNoOtherType(String type) throws Exception {
    assertThat(answer(Asked.post(KEY).with("Content-Type", type), turnOff()).status())
        .isEqualTo(415);
    assertThat(flag().enabled()).isTrue();
  }

  @Test
  void aGetChangesNothingWhateverItsQuerySays() throws Exception {
    Asked request = Asked.get(FlagChanges.query(KEY) + "&" + turnOff());
    assertThat(answer(request, turnOff()).status()).isEqualTo(200);
    assertThat(flag().enabled()).isTrue();
  }

  @Test
  void boundsTheForm() {
    BodyReader reader = page.bodyReader(Asked.post(KEY));
    assertThat(reader.maxBytes()).isEqualTo(8192);
    assertThat(reader.tooLong().status()).isEqualTo(413);
  }

  @Test
  void knowsNoOtherPath() {
    Asked other = new Asked("GET", "/flags/x", null, Map.of());
    assertThat(page.later(other)).isNull();
    assertThat(page.bodyReader(new Asked("POST", "/flags/x", null, Map.of()))).isNull();
    assertThat(page.handle(other).status()).isEqualTo(404);
    assertThatThrownBy(() -> FlagChangePage.at("flags", admin, request -> "alice"))
        .hasMessageStartingWith("path: \"flags\" (expected: as /flags");
    assertThatThrownBy(() -> FlagChangePage.at("//evil.example", admin, request -> "alice"))
        .hasMessageStartingWith("path: ");
  }

  @Test
  void saysWhatIsMissingWhereTheServerCannotAnswerLater() {
    EndpointResponse response = page.handle(Asked.get(null));
    assertThat(response.status()).isEqualTo(503);
    assertThat(body(response)).contains("asyncSupported");
    assertThat(page.handle(Asked.post(KEY)).status()).isEqualTo(503);
  }

  @Test
  void refusesWhenTheStoreHangsAndTooManyWait() throws Exception {
    CountDownLatch hanging = new CountDownLatch(1);
    FlagStore stuck =
        new ForwardingStore(store) {
          @Override
          public StoredFlags read() throws IOException {
            try {
              hanging.await();
            } catch (InterruptedException e) {
              throw new IOException(e);
            }
            return super.read();
          }
        };
    FlagChangePage page = FlagChangePage.at("/flags", FlagAdmin.of(stuck), request -> "alice");
    List<CompletableFuture<EndpointResponse>> looks = new ArrayList<>();
    for (int n = 0; n < 35; n++) {
      looks.add(page.later(Asked.get(null)));
    }
    assertThat(looks.get(34)).isCompleted();
    assertThat(looks.get(34).join().status()).isEqualTo(503);
    assertThat(looks.get(0)).isNotCompleted();
    hanging.countDown();
    assertThat(looks.get(33).get(30, TimeUnit.SECONDS).status()).isEqualTo(200);
  }

  // ---- what is shown

  @Test
  void listsTheFlagsWithAWayToEach() throws Exception {
    EndpointResponse response = answer(Asked.get(null), "");
    assertThat(response.status()).isEqualTo(200);
    assertThat(body(response))
        .contains("3 flags", "href=\"?flag=new-checkout\"", "team a", "10 %", "alice", "memory");
  }

  @Test
  void escapesWhateverComesFromElsewhere() throws Exception {
    String query = FlagChanges.query(EVIL);
    String form = encoded(form(EVIL, FlagChangeForm.Action.ON), "why", EVIL + "\n");
    List<String> pages =
        List.of(
            html(Asked.get(null)),
            html(Asked.get(query)),
            html(Asked.get("flag=" + URLEncoder.encode("no" + EVIL, UTF_8))),
            html(Asked.get(query).with("X-User", EVIL)),
            body(answer(Asked.post(EVIL), form)),
            body(answer(Asked.post(EVIL).with("Origin", EVIL).with("Sec-Fetch-Site", ""), form)),
            body(answer(Asked.post(EVIL).with("Content-Type", EVIL), form)));
    assertThat(pages)
        .allSatisfy(html -> assertThat(html).doesNotContain("<script", "alert('").contains("<h1>"));
  }

  @Test
  void tellsTheBrowserWhatItMayDo() throws Exception {
    for (EndpointResponse response :
        List.of(answer(Asked.get(null), ""), page.handle(Asked.get(null).with("X-User", "")))) {
      assertThat(header(response, "Content-Security-Policy"))
          .contains("default-src 'none'", "form-action 'self'", "frame-ancestors 'none'")
          .doesNotContain("script-src");
      assertThat(header(response, "X-Frame-Options")).isEqualTo("DENY");
      assertThat(header(response, "X-Content-Type-Options")).isEqualTo("nosniff");
      assertThat(header(response, "Cache-Control")).isEqualTo("no-store");
      // With "no-referrer" the form would come with "Origin: null", and be refused.
      assertThat(header(response, "Referrer-Policy")).isEqualTo("same-origin");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "/status, ./flags?flag=new-checkout",
    "/ops/status, ../flags?flag=new-checkout",
    "/a/b/c, ../../flags?flag=new-checkout"
  })
  void isLinkedFromTheSectionForThoseWhoMay(String path, String target) {
    FlagsSection section = FlagsSection.of(Flags.of(store), page);
    Asked look = new Asked("GET", path, null, Map.of());
    assertThat(links(section.content(look))).contains(target);
    assertThat(links(section.content(look.with("X-User", "")))).isEmpty();
  }

  private static List<String> links(Content content) {
    return content.blocks().stream()
        .filter(Entries.class::isInstance)
        .flatMap(block -> ((Entries) block).entries().stream())
        .flatMap(entry -> entry.facts().stream())
        .map(fact -> fact.value())
        .filter(Link.class::isInstance)
        .map(value -> ((Link) value).target())
        .toList();
  }
}
