package dev.zdd.examples.page;

import static org.assertj.core.api.Assertions.assertThat;

import dev.zdd.core.http.Endpoint;
import dev.zdd.core.http.EndpointResponse;
import dev.zdd.core.page.StatusPage;
import dev.zdd.flags.FlagAdmin;
import dev.zdd.flags.FlagAudit;
import dev.zdd.flags.FlagChange;
import dev.zdd.flags.FlagChangePage;
import dev.zdd.flags.FlagDefinition;
import dev.zdd.flags.FlagValue;
import dev.zdd.flags.Flags;
import dev.zdd.flags.FlagsSection;
import dev.zdd.flags.MemoryFlagSource;
import dev.zdd.flags.Percentage;
import dev.zdd.flags.Variant;
import dev.zdd.servlet.EndpointServlet;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.eclipse.jetty.ee11.servlet.ServletContextHandler;
import org.eclipse.jetty.ee11.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Where flags are changed, as people see it: in a real Chromium, from a real server. */
@Timeout(180)
@Tag("any-jdk")
class FlagChangePageTest {
  private static final Path PICTURES = Path.of("target", "flags-page");
  private static final int PHONE = 360;
  private static final String KEY = "new-checkout";
  private static final String EVIL =
      "<script>document.title='taken-over'</script>.with-a-name-that-is-far-too-long-for-a-phone";

  @TempDir private static Path directory;
  private static Chromium chromium;

  private final Queue<FlagAudit> told = new ConcurrentLinkedQueue<>();
  private final MemoryFlagSource store =
      MemoryFlagSource.of(
          FlagDefinition.builder(KEY)
              .enabled(true)
              .percentage("12.5")
              .variants(
                  new Variant("short", 1, new FlagValue.Text("s")),
                  new Variant("long", 3, new FlagValue.Text("l")))
              .owner("team checkout")
              .expires(LocalDate.of(2199, 1, 31))
              .build(),
          FlagDefinition.builder("payments").owner("team payments").build(),
          FlagDefinition.builder(EVIL).enabled(true).owner(EVIL).build());
  private final Flags flags = Flags.of(store);
  private final FlagAdmin admin = FlagAdmin.of(store, told::add);
  private final Server server = new Server();
  private final ServerConnector connector = new ServerConnector(server);

  @BeforeAll
  static void startChromium() throws Exception {
    chromium = Chromium.start(directory);
  }

  @AfterAll
  static void endChromium() throws Exception {
    if (chromium != null) {
      chromium.close();
    }
  }

  FlagChangePageTest() throws Exception {
    connector.setHost("127.0.0.1");
    server.addConnector(connector);
    ServletContextHandler context = new ServletContextHandler("/shop");
    server.setHandler(context);
    FlagChangePage change = FlagChangePage.at("/flags", admin, request -> "alice");
    map(context, change, "/flags");
    map(context, StatusPage.at("/status", "shop", FlagsSection.of(flags, change)), "/status");
    map(context, request -> theirs(), "/theirs");
    server.start();
  }

  private static void map(ServletContextHandler context, Endpoint endpoint, String path) {
    ServletHolder servlet = new ServletHolder(EndpointServlet.of(endpoint));
    servlet.setAsyncSupported(true);
    context.addServlet(servlet, path + "/*");
  }

  @AfterEach
  void stop() throws Exception {
    server.stop();
  }

  /** Another site's page, which has the browser of one who may send a form here. */
  private EndpointResponse theirs() {
    return EndpointResponse.of(
        200,
        "text/html",
        "<form method=post action='"
            + url("127.0.0.1", "/flags?flag=new-checkout")
            + "'><input name=action value=OFF><input name=why value=errors>"
            + "<input name=version value=1><input name=epoch><input name=write>"
            + "<input name=seen-enabled><input name=seen-percentage><input name=seen-digest>"
            + "<button>win</button></form>");
  }

  private String url(String host, String path) {
    return "http://" + host + ":" + connector.getLocalPort() + "/shop" + path;
  }

  private static Tab press(Tab tab, int form, String why) throws Exception {
    String one = "document.forms[" + form + "]";
    tab.eval(one + ".elements.why.value = '" + why + "'");
    tab.eval(one + ".querySelector('button').click()");
    return tab;
  }

  private static void shows(Tab tab, String text) {
    tab.until(
        "document.readyState === 'complete' && document.body.textContent.includes('" + text + "')");
  }

  private void picture(Tab tab, String name) throws Exception {
    for (String light : List.of("light", "dark")) {
      for (int width : List.of(900, PHONE)) {
        tab.like(width, 700, light);
        Looks.fit(tab, width);
        assertThat(Looks.contrast(tab)).as("%s, %s, %d px", name, light, width).isEmpty();
        String device = width == PHONE ? "phone" : "desktop";
        tab.screenshot(PICTURES.resolve(name + "-" + device + "-" + light + ".png"));
      }
    }
  }

  @Test
  void aFlagIsTurnedOffOverTheStatusPageWithoutJavaScript() throws Exception {
    for (int n = 0; n < 400; n++) {
      flags.flag(KEY).variant("user-" + n);
    }
    Tab tab = chromium.tab().javaScript(false).like(PHONE, 700, "light");
    tab.open(url("127.0.0.1", "/status"));
    tab.eval("document.querySelectorAll('details').forEach(d => { d.open = true; })");
    picture(tab, "status");
    tab.eval("document.querySelector('a[href$=\"flag=new-checkout\"]').click()");
    tab.until("location.search === '?flag=new-checkout' && document.readyState === 'complete'");
    picture(tab, "flag");
    assertThat(tab.text("h1")).isEqualTo(KEY);
    assertThat(tab.text("main")).contains("12.5 %", "team checkout", "2199-01-31", "alice");
    assertThat(tab.eval("document.querySelectorAll('script').length")).isEqualTo(0.0);

    press(tab, 0, "");
    assertThat(tab.eval("document.forms[0].querySelector(':invalid').name")).isEqualTo("why");
    press(tab, 0, "orders fail since 12:03 & nobody knows why <yet>");
    tab.until("location.search.endsWith('&done=2') && document.readyState === 'complete'");

    assertThat(tab.text(".said")).contains("Written: the store holds version 2 now.");
    assertThat(flags.flag(KEY).isEnabled("user-1")).isFalse();
    assertThat(told).hasSize(1);
    assertThat(told.element().change())
        .isEqualTo(new FlagChange("alice", "orders fail since 12:03 & nobody knows why <yet>"));
    assertThat(tab.complaints()).isEmpty();
    picture(tab, "written");
  }

  @Test
  void showsWhatCannotBeTakenAndWhatChangedMeanwhile() throws Exception {
    Tab tab = chromium.tab().javaScript(false).like(PHONE, 700, "dark");
    tab.open(url("127.0.0.1", "/flags?flag=new-checkout"));
    tab.eval("document.forms[1].elements.percentage.value = 'ten'");
    press(tab, 1, "no errors at 12.5 %");
    shows(tab, "Nothing was written");
    picture(tab, "wrong");
    assertThat(tab.text(".said")).contains("percentage: \"ten\" (expected: 0 to 100");
    assertThat(tab.eval("document.forms[1].elements.why.value")).isEqualTo("no errors at 12.5 %");

    admin.setPercentage(
        KEY, Percentage.parse("50"), admin.read().revision(), new FlagChange("bob", "why not"));
    tab.eval("document.forms[1].elements.percentage.value = '25'");
    press(tab, 1, "no errors at 12.5 %");
    shows(tab, "since you opened");
    picture(tab, "conflict");
    assertThat(tab.text("table")).contains("12.5 %", "50 %");
    assertThat(admin.read().flag(KEY).percentage()).isEqualTo(Percentage.parse("50"));

    tab.open(url("127.0.0.1", "/flags"));
    picture(tab, "list");
    tab.eval("document.querySelector('tbody a[href*=script]').click()");
    shows(tab, "Turn off");
    picture(tab, "evil");
    assertThat(tab.text("h1")).isEqualTo(EVIL);
  }

  /** Over plain HTTP to such a name a browser sends no Sec-Fetch-Site; Origin has to do. */
  @Test
  void takesAFormFromItselfUnderANameThatIsNotLocal() throws Exception {
    Tab tab = chromium.tab().open(url("shop.test", "/flags?flag=new-checkout"));
    press(tab, 0, "errors");
    tab.until("location.search.endsWith('&done=2') && document.readyState === 'complete'");
    assertThat(admin.read().flag(KEY).enabled()).isFalse();
  }

  @Test
  void refusesAFormThatAnotherSiteHasTheBrowserSend() throws Exception {
    Tab tab = chromium.tab();
    for (String host : List.of("evil.test", "localhost")) {
      tab.open(url(host, "/theirs"));
      tab.eval("document.querySelector('button').click()");
      shows(tab, "same-origin");
      assertThat(tab.text("main")).contains("Sec-Fetch-Site: \"cross-site\"");
    }
    assertThat(admin.read().flag(KEY).enabled()).isTrue();
    assertThat(told).isEmpty();
  }
}
