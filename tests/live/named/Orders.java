// Actors that log what they do, as named.py.
package orders;

import io.dapr.actors.ActorId;
import io.dapr.actors.ActorMethod;
import io.dapr.actors.ActorType;
import io.dapr.actors.runtime.AbstractActor;
import io.dapr.actors.runtime.ActorRuntime;
import io.dapr.actors.runtime.ActorRuntimeContext;
import io.dapr.actors.runtime.Remindable;
import io.dapr.utils.TypeRef;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import reactor.core.publisher.Mono;

@SpringBootApplication(scanBasePackages = {"orders", "io.dapr.springboot"})
public class Orders {
  static void log(String words) {
    String parent = String.valueOf(ProcessHandle.current().parent().orElseThrow().pid());
    try {
      Files.writeString(
          Path.of(System.getenv("LOG")),
          parent + " " + words + "\n",
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
  }

  @ActorType(name = "NamedActor")
  public interface NamedActor {
    @ActorMethod(name = "name", returns = String.class)
    Mono<String> name();
  }

  public static class NamedActorImpl extends AbstractActor implements NamedActor, Remindable<String> {
    public NamedActorImpl(ActorRuntimeContext<NamedActorImpl> context, ActorId id) {
      super(context, id);
    }

    @Override
    protected Mono<Void> onActivate() {
      return Mono.fromRunnable(() -> log("activated NamedActor/" + getId()));
    }

    @Override
    public Mono<String> name() {
      String name = UUID.randomUUID().toString();
      log("asks NamedActor/" + getId() + " " + name);
      return registerReminder(name, "", Duration.ofSeconds(600), Duration.ofMillis(-1)).thenReturn(name);
    }

    @Override
    public TypeRef<String> getStateType() {
      return TypeRef.STRING;
    }

    @Override
    public Mono<Void> receiveReminder(String name, String state, Duration dueTime, Duration period) {
      return Mono.empty();
    }
  }

  public static void main(String[] args) {
    ActorRuntime.getInstance().registerActor(NamedActorImpl.class);
    SpringApplication application = new SpringApplication(Orders.class);
    application.setDefaultProperties(Map.of("server.address", "127.0.0.1", "server.port", System.getenv("APP_PORT")));
    application.run(args);
  }
}
