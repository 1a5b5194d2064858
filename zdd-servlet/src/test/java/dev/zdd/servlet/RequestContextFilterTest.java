package dev.zdd.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.zdd.core.RequestContext;
import dev.zdd.testing.RawClient;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class RequestContextFilterTest {
  @Nested
  class OnJetty extends RequestContextContract {
    OnJetty() {
      super(FilteredServer::jetty);
    }
  }

  @Nested
  class OnTomcat extends RequestContextContract {
    OnTomcat() {
      super(FilteredServer::tomcat);
    }
  }

  @Nested
  class OnUndertow extends RequestContextContract {
    OnUndertow() {
      super(FilteredServer::undertow);
    }
  }

  /** One for the tenant before authentication, one for the user behind it. */
  @Test
  void ofTwoFiltersTheInnerOnesContextIsBoundBehindIt() throws Exception {
    RequestContextFilter tenants = RequestContextFilter.of(request -> RequestContext.of("tenant"));
    RequestContextFilter users = RequestContextFilter.of(request -> RequestContext.of("user"));
    try (FilteredServer jetty =
            FilteredServer.jetty(
                (request, response, chain) -> {
                  FilterChain inner = (req, res) -> users.doFilter(req, res, chain);
                  tenants.doFilter(request, response, inner);
                },
                new HttpServlet() {
                  private static final long serialVersionUID = 1;

                  @Override
                  protected void service(HttpServletRequest request, HttpServletResponse response)
                      throws ServletException, IOException {
                    String id = RequestContext.current().id();
                    response.setContentLength(id.length());
                    response.getOutputStream().print(id);
                  }
                },
                null);
        RawClient client = new RawClient(jetty.port())) {
      assertThat(client.get("/app/").response()).endsWith("\r\n\r\nuser");
    }
  }
}
