package orders;

import io.dapr.actors.ActorId;
import io.dapr.actors.runtime.AbstractActor;
import io.dapr.actors.runtime.ActorRuntimeContext;
import io.dapr.actors.runtime.Remindable;
import io.dapr.utils.TypeRef;
import java.time.Duration;
import reactor.core.publisher.Mono;

/** One order. One that nobody pays in time is cancelled. */
public class OrderActorImpl extends AbstractActor implements OrderActor, Remindable<String> {
  private static final String STATE = "order";
  private static final String TIMEOUT = "payment-timeout";
  private static final Duration NEVER = Duration.ofMillis(-1);

  public OrderActorImpl(ActorRuntimeContext<OrderActorImpl> context, ActorId id) {
    super(context, id);
  }

  @Override
  public Mono<Order> create(Wanted wanted) {
    Order order = new Order("new", wanted.item());
    return getActorStateManager()
        .set(STATE, order)
        .then(registerReminder(TIMEOUT, wanted.item(), Duration.ofSeconds(3), NEVER))
        .thenReturn(order);
  }

  @Override
  public Mono<Order> pay() {
    return order()
        .flatMap(
            order ->
                order.status().equals("new")
                    ? getActorStateManager()
                        .set(STATE, order.with("paid"))
                        .then(unregisterReminder(TIMEOUT))
                        .thenReturn(order.with("paid"))
                    : Mono.just(order));
  }

  @Override
  public Mono<Order> status() {
    if (Orders.ANSWERS_EARLY) {
      Mono.delay(Duration.ofMillis(100)).then(Mono.defer(this::saveLater)).subscribe();
    }
    return order();
  }

  @Override
  public Mono<Order> refuse() {
    return order()
        .flatMap(order -> getActorStateManager().set(STATE, order.with("refused")))
        .then(Mono.error(new IllegalStateException("an order is not refused")));
  }

  @Override
  public TypeRef<String> getStateType() {
    return TypeRef.STRING;
  }

  @Override
  public Mono<Void> receiveReminder(String name, String state, Duration dueTime, Duration period) {
    return order()
        .flatMap(
            order ->
                name.equals(TIMEOUT) && order.status().equals("new")
                    ? getActorStateManager().set(STATE, order.with("cancelled"))
                    : Mono.empty());
  }

  private Mono<Order> order() {
    return getActorStateManager()
        .contains(STATE)
        .flatMap(
            found -> found ? getActorStateManager().get(STATE, Order.class) : Mono.just(new Order("none", null)));
  }

  /** The mistake: it saves while no turn of the actor is open. */
  private Mono<Void> saveLater() {
    return getActorStateManager().set("asked", System.nanoTime()).then(saveState());
  }
}
