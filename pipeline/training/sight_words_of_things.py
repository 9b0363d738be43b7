"""How people say that cars and animals are seen."""

from __future__ import annotations

from collections.abc import Mapping

#: See ``pipeline.training.sight_words``.
THING_PATTERNS: Mapping[str, tuple[str, ...]] = {
    "car": (
        "{a car|a vehicle|a van|a red car|a blue car|a white car|cars|traffic} {driving|drives|"
        "driving by|passing|passes|parked|parking|standing|in the street|in the yard|on the road|"
        "driving past|arriving|leaving}",
        "{road traffic|passing traffic|a car in a parking lot}",
        "{%car|%vehicle|%automobile|%auto|%motor vehicle|%motor car|%sedan|%saloon|%saloon car|"
        "%hatchback|%estate car|%station wagon|%suv|%jeep|%minivan|%van|%delivery van|"
        "%transporter|%pickup|%pickup truck|%truck|%lorry|%delivery truck|%bus|%minibus|%coach|"
        "%taxi|%cab|%sports car|%police car|%patrol car|%limousine|%convertible|%trailer|%camper "
        "van|%passenger car|%parked car|%parked vehicle|%parked van|%passing car|%passing "
        "vehicle|%moving car|%moving vehicle|%driving car|%approaching car|%arriving car|"
        "%departing car|%waiting car|%red car|%blue car|%white car|%black car|%grey car|%gray "
        "car|%silver car|%green car|%yellow car|%dark car|%big car|%small car|%old car|%new car|"
        "%unknown car|%unknown vehicle|%suspicious vehicle|%strange car|%visitor's car|%company "
        "car|%speeding car|%reversing car|%stopped car|%stationary vehicle|%car on the road|%car "
        "in the street|%car in the yard|%car in a driveway|%car with a driver|%abandoned car|"
        "%illegally parked car|%getaway car|%stolen car|%car at the gate|%tractor|%ambulance|"
        "%fire engine|%garbage truck|%tow truck|%heavy vehicle|%motorist|%car at the kerb|%car "
        "at the curb}",
        "{traffic|car traffic|vehicle traffic|vehicles on the road|vehicles in the street|cars "
        "in a car park|cars in a row|a row of cars|a line of cars|a queue of cars|a traffic jam|"
        "road vehicles|a car pulling in|a car turning around|a car leaving the yard|a car parked "
        "at the side of the road|a car parked outside|a car parked in front of the house|a "
        "delivery arriving by van|a driver arriving|someone driving a car|someone parking a car|"
        "somebody in a car|a person driving}",
        "{a car|a vehicle|a van|a truck|a lorry|a taxi|a bus|a red car|a white car|a blue car|a "
        "dark car|the car} {~drive|~drive by|~drive past|~drive in|~drive away|~drive off|~drive "
        "through|~pass|~pass by|~park|~arrive|~leave|~stop|~turn|~reverse|~back up|~approach|"
        "~enter|~enter the yard|~speed|~speed away|~wait|~pull up|~pull away|~come in|~go by|"
        "~move|~cross the yard|~stand in the yard|~be parked|~be parked outside|~be parked in "
        "the street|~be stopped|~block the gate|~stand there|~slow down}",
        "{an unknown car} {~drive|~drive by|~drive past|~drive in|~drive away|~drive off|~drive "
        "through|~pass|~pass by|~park|~arrive|~leave|~stop|~turn|~reverse|~back up|~approach|"
        "~enter|~enter the yard|~speed|~speed away|~wait|~pull up|~pull away|~come in|~go by|"
        "~move|~cross the yard|~stand in the yard|~be parked|~be parked outside|~be stopped|"
        "~block the gate|~stand there|~slow down}",
        "{cars|vehicles|vans|trucks|lorries|buses|taxis} {^drive|^drive by|^drive past|^pass|"
        "^pass by|^park|^arrive|^leave|^stop|^turn|^approach|^enter|^wait|^move|^be parked|^be "
        "parked in a row|^be parked in the street|^stand in the yard|^queue|^go by}",
        "{a car|a vehicle|a van|a truck|cars} {in the yard|in the street|in the car park|in the "
        "parking lot|on the road|by the wall|near the door|at the gate|in front of the house|in "
        "the driveway|outside|at the entrance|on the property|by the fence}",
    ),
    "dog": (
        "{a dog|an animal|a pet|a stray dog} {in the yard|in the street|on the ground}",
        "{%dog|%hound|%puppy|%pup|%canine|%mutt|%pooch|%doggy|%guard dog|%watchdog|%watch dog|"
        "%police dog|%stray dog|%street dog|%pet dog|%big dog|%small dog|%little dog|%large dog|"
        "%black dog|%brown dog|%white dog|%aggressive dog|%loose dog|%lost dog|%running dog|"
        "%walking dog|%barking dog|%sitting dog|%shepherd dog|%sheepdog|%german shepherd|"
        "%terrier|%bulldog|%poodle|%husky|%rottweiler|%labrador|%retriever|%dachshund|%chihuahua|"
        "%beagle|%collie|%hunting dog|%farm dog|%neighbour's dog|%neighbor's dog|%unleashed dog|"
        "%dog on a lead|%dog on a leash|%dog off the lead|%dog without an owner|%animal|%pet|"
        "%stray animal|%wild animal|%small animal|%large animal|%domestic animal|%four legged "
        "animal|%wolf|%fox|%coyote|%cat|%kitten|%stray cat|%running animal|%walking animal|"
        "%creature|%beast|%mammal|%pack of dogs|%stray|%pet animal}",
        "{wildlife|an animal intruder|an animal on the premises|a dog alone|a dog on its own|a "
        "dog in the garden|a dog on the property|a dog in the room|a dog in the car park|a dog "
        "in the parking lot|a dog on the road|a dog by the fence|a dog at the gate|a four footed "
        "animal|something on four legs|animals on the loose|a dog on the loose}",
        "{a dog|a hound|a puppy|a guard dog|a stray dog|the dog|an animal|a pet|a big dog|a "
        "small dog|a mutt|a cat|a fox|a wild animal} {~run|~walk|~trot|~stand|~sit|~sniff|~bark|"
        "~wander|~roam|~play|~jump|~pass|~pass by|~run around|~run away|~run across the yard|"
        "~walk across the street|~walk past|~enter the yard|~chase something|~sniff the ground|"
        "~lie on the ground|~cross the road|~search for food|~run loose|~wag its tail|~dig|"
        "~prowl}",
        "{dogs|animals|stray dogs|puppies|pets|guard dogs|wild animals} {^run|^walk|^trot|^stand|"
        "^play|^wander|^roam|^bark|^pass by|^run around|^run across the yard|^sniff|^chase each "
        "other|^run loose|^cross the road}",
    ),
}
